"""What is kept of a pull request, and how it looks in answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sandbox.github.answers import Json
from sandbox.github.comment_records import comments_of
from sandbox.github.git_objects import Conflict, ahead_and_behind, changed_files, merged_tree, utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.people import simple_user
from sandbox.github.repositories import full_repository
from sandbox.github.store import Record


class PullRecord(Record):
    """A pull request; its number is its id. `merged_head` is the head's commit when it was merged."""

    title: str
    body: str | None
    head: str
    base: str
    author: str
    draft: bool
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_commit_sha: str | None = None
    merged_head: str | None = None


def head_of(repository: Repository, pull: PullRecord) -> str:
    """The commit that is to be merged, or was; after its branch is gone, the base's."""
    branch = repository.git.ref(f"refs/heads/{pull.head}")
    return pull.merged_head or (branch.target if branch else base_of(repository, pull))


def base_of(repository: Repository, pull: PullRecord) -> str:
    """The commit at the head of the branch that is to be merged into."""
    return repository.git.text("rev-parse", f"refs/heads/{pull.base}")


def simple_pull(repository: Repository, pull: PullRecord) -> Json:
    """A pull request as it stands in a list."""
    links = repository.links
    user = simple_user(links.site, pull.author)
    head = head_of(repository, pull)
    return {
        "id": pull.id,
        "node_id": node_id("PR", pull.id),
        "number": pull.id,
        "state": pull.state,
        "locked": False,
        "draft": pull.draft,
        "title": pull.title,
        "body": pull.body,
        "user": user,
        "author_association": "MEMBER",
        "labels": [],
        "milestone": None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "auto_merge": None,
        "created_at": utc(pull.created_at),
        "updated_at": utc(pull.updated_at),
        "closed_at": utc(pull.closed_at) if pull.closed_at else None,
        "merged_at": utc(pull.merged_at) if pull.merged_at else None,
        "merge_commit_sha": pull.merge_commit_sha,
        "head": _side(repository, pull.head, head),
        "base": _side(repository, pull.base, base_of(repository, pull)),
        **_addresses(repository, pull, head),
    }


def _side(repository: Repository, branch: str, sha: str) -> Json:
    return {
        "label": f"{repository.owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": simple_user(repository.links.site, repository.owner),
        "repo": full_repository(repository),
    }


def _addresses(repository: Repository, pull: PullRecord, head: str) -> Json:
    links = repository.links
    page, url, issue = (
        links.page_of("pull", pull.id),
        links.api_of("pulls", pull.id),
        links.api_of("issues", pull.id),
    )
    addresses = {
        "url": url,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        "comments_url": f"{issue}/comments",
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{links.api}/pulls/comments{{/number}}",
        "statuses_url": links.api_of("statuses", head),
    }
    linked = {
        "self": "url",
        "html": "html_url",
        "issue": "issue_url",
        "comments": "comments_url",
        "commits": "commits_url",
        "review_comments": "review_comments_url",
        "review_comment": "review_comment_url",
        "statuses": "statuses_url",
    }
    return {**addresses, "_links": {name: {"href": addresses[of]} for name, of in linked.items()}}


def full_pull(repository: Repository, pull: PullRecord) -> Json:
    """A pull request by itself: also what it changes and whether it can be merged."""
    git = repository.git
    base, head = base_of(repository, pull), head_of(repository, pull)
    files = changed_files(git, git.merge_base(base, head) or head, head)
    clean = not isinstance(merged_tree(git, base, head), Conflict)
    return {
        **simple_pull(repository, pull),
        "merged": pull.merged_at is not None,
        "merged_by": simple_user(repository.links.site, pull.merged_by) if pull.merged_by else None,
        "mergeable": clean if pull.state == "open" else None,
        "mergeable_state": ("clean" if clean else "dirty") if pull.state == "open" else "unknown",
        "maintainer_can_modify": False,
        "comments": len(comments_of(repository, pull.id)),
        "review_comments": 0,
        "commits": ahead_and_behind(git, base, head)[0],
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }
