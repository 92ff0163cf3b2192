"""Commits as people look at them: one, a list, and the difference between two."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from sandbox.github.answers import GitHubError, Json, Pages, found, not_found
from sandbox.github.git_objects import (
    EMPTY_TREE,
    Commit,
    FileChange,
    Signature,
    ahead_and_behind,
    changed_files,
    history,
    read_commit,
    utc,
)
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.people import simple_user
from sandbox.github.routing import CurrentRepository, Routes

routes = Routes()
_LONGEST_COMPARISON = 250
UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def commit_body(repository: Repository, commit: Commit) -> Json:
    """A commit without its files."""
    links = repository.links
    return {
        "sha": commit.sha,
        "node_id": node_id("C", commit.sha),
        "url": links.api_of("commits", commit.sha),
        "html_url": links.page_of("commit", commit.sha),
        "comments_url": links.api_of("commits", commit.sha, "comments"),
        "commit": {
            "author": signature_body(commit.author),
            "committer": signature_body(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": links.api_of("git/trees", commit.tree)},
            "url": links.api_of("git/commits", commit.sha),
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "author": _account(repository, commit.author),
        "committer": _account(repository, commit.committer),
        "parents": [
            {
                "sha": parent,
                "url": links.api_of("commits", parent),
                "html_url": links.page_of("commit", parent),
            }
            for parent in commit.parents
        ],
    }


def signature_body(signature: Signature) -> Json:
    """Who wrote a commit, as git knows it."""
    return {"name": signature.name, "email": signature.email, "date": utc(signature.date)}


def _account(repository: Repository, signature: Signature) -> Json | None:
    """The account behind an address of the form that GitHub gives its users; None for any other address."""
    login, _, host = signature.email.partition("@")
    known = host == "users.noreply.github.com"
    return simple_user(repository.links.site, login.rpartition("+")[2]) if known else None


def file_bodies(repository: Repository, sha: str, files: list[FileChange]) -> list[Json]:
    """The changed files of a commit or comparison; `sha` is the newer side."""
    links = repository.links
    return [
        {
            "sha": change.blob,
            "filename": change.path,
            "status": change.status,
            "additions": change.additions,
            "deletions": change.deletions,
            "changes": change.additions + change.deletions,
            "blob_url": links.page_of("blob", sha, change.path),
            "raw_url": links.page_of("raw", sha, change.path),
            "contents_url": links.api_of("contents", change.path) + f"?ref={sha}",
        }
        for change in files
    ]


def resolve(repository: Repository, ref: str) -> str:
    """The commit that a name or hash stands for.

    Raises GitHubError 422, which GitHub gives where others would say 404.
    """
    commit = repository.git.commit_of(ref)
    if commit is None:
        raise GitHubError(422, f"No commit found for SHA: {ref}")
    return commit


@routes.on("GET", "/commits", needs=("contents", "read"))
def list_commits(
    repository: CurrentRepository,
    pages: Pages,
    sha: str | None = None,
    path: Annotated[str | None, Query(pattern=r"^[^\x00]+$")] = None,
) -> list[Json]:
    """The history of a branch or commit, of one path where that is asked for, newest first."""
    start = found(repository.git.commit_of(sha or repository.record.default_branch))
    commits = history(repository.git, start, "--", *([path] if path else []))
    return [commit_body(repository, commit) for commit in pages.cut(commits)]


@routes.on("GET", "/commits/{ref}", needs=("contents", "read"))
def get_commit(repository: CurrentRepository, ref: str) -> Json:
    """One commit with the files that it changed."""
    commit = read_commit(repository.git, resolve(repository, ref))
    files = changed_files(repository.git, next(iter(commit.parents), EMPTY_TREE), commit.sha)
    additions, deletions = sum(file.additions for file in files), sum(file.deletions for file in files)
    return {
        **commit_body(repository, commit),
        "stats": {"additions": additions, "deletions": deletions, "total": additions + deletions},
        "files": file_bodies(repository, commit.sha, files),
    }


@routes.on("GET", "/compare/{basehead}", needs=("contents", "read"))
def compare(repository: CurrentRepository, basehead: str) -> Json:
    """What `head` has that `base` has not, since their histories parted: BASE...HEAD."""
    base_name, separator, head_name = basehead.partition("...")
    git = repository.git
    base, head = found(git.commit_of(base_name)), found(git.commit_of(head_name))
    fork = git.merge_base(base, head)
    if not separator or fork is None:
        not_found()
    ahead, behind = ahead_and_behind(git, base, head)
    commits = history(git, "--reverse", f"{base}..{head}")
    page = repository.links.page_of("compare", basehead)
    return {
        "url": repository.links.api_of("compare", basehead),
        "html_url": page,
        "permalink_url": repository.links.page_of("compare", f"{base}...{head}"),
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": commit_body(repository, read_commit(git, base)),
        "merge_base_commit": commit_body(repository, read_commit(git, fork)),
        "status": _status(ahead, behind),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [commit_body(repository, commit) for commit in commits[:_LONGEST_COMPARISON]],
        "files": file_bodies(repository, head, changed_files(git, fork, head)),
    }


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    if ahead:
        return "ahead"
    return "behind" if behind else "identical"
