"""Pull requests between branches of one repository, and merging them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from sandbox.github.answers import GitHubError, Json, Pages, found
from sandbox.github.commits import file_bodies
from sandbox.github.git_objects import Conflict, changed_files, merged_tree
from sandbox.github.hub import Repository
from sandbox.github.merges import merge_into, signature_of
from sandbox.github.pull_bodies import PullRecord, full_pull, head_of, simple_pull
from sandbox.github.routing import CurrentRepository, CurrentToken, Routes

routes = Routes()


class NewPull(BaseModel):
    """A pull request to open: merge `head` (branch, or owner:branch) into the branch `base`."""

    title: Annotated[str, Field(min_length=1)]
    head: str
    base: str
    body: str | None = None
    draft: bool = False


class ChangedPull(BaseModel):
    """What is new about a pull request; what is not named stays."""

    title: str | None = None
    body: str | None = None
    state: Literal["open", "closed"] | None = None
    base: str | None = None


class MergeWish(BaseModel):
    """How to merge; `sha`, where given, must be the head's commit."""

    commit_title: str | None = None
    commit_message: str | None = None
    sha: str | None = None
    merge_method: Literal["merge"] = "merge"


def _pull(repository: Repository, number: int) -> PullRecord:
    return found(repository.table(PullRecord).get(number))


def _fault(field: str, message: str) -> GitHubError:
    error = {"resource": "PullRequest", "field": field, "code": "custom", "message": message}
    return GitHubError(422, "Validation Failed", errors=[error])


@routes.on("POST", "/pulls", needs=("pull_requests", "write"), status=201)
def create_pull(repository: CurrentRepository, token: CurrentToken, new: NewPull) -> Json:
    """A new pull request; 422 if a branch is not there, brings nothing, or has one open already."""
    head = new.head.removeprefix(f"{repository.owner}:")
    for field, branch in (("head", head), ("base", new.base)):
        if repository.git.ref(f"refs/heads/{branch}") is None:
            raise _fault(field, f"The branch {branch} does not exist")
    same = repository.table(PullRecord).where(
        lambda pull: pull.state == "open" and (pull.head, pull.base) == (head, new.base)
    )
    if same:
        raise _fault("head", f"A pull request already exists for {repository.owner}:{head}.")
    if repository.git.is_ancestor(f"refs/heads/{head}", f"refs/heads/{new.base}"):
        raise _fault("head", f"No commits between {new.base} and {head}")
    record = repository.table(PullRecord).add(
        lambda number, now: PullRecord(
            id=number,
            created_at=now,
            updated_at=now,
            title=new.title,
            body=new.body,
            head=head,
            base=new.base,
            author=token.login,
            draft=new.draft,
        )
    )
    return full_pull(repository, record)


@routes.on("GET", "/pulls", needs=("pull_requests", "read"))
def list_pulls(
    repository: CurrentRepository,
    pages: Pages,
    state: Literal["open", "closed", "all"] = "open",
    head: str | None = None,
    base: str | None = None,
) -> list[Json]:
    """The pull requests that match, the newest first; `head` is written owner:branch."""
    pulls = repository.table(PullRecord).where(
        lambda pull: (
            state in {"all", pull.state}
            and head in {None, f"{repository.owner}:{pull.head}"}
            and base in {None, pull.base}
        )
    )
    return [simple_pull(repository, pull) for pull in pages.cut(pulls[::-1])]


@routes.on("GET", "/pulls/{pull_number}", needs=("pull_requests", "read"))
def get_pull(repository: CurrentRepository, pull_number: int) -> Json:
    """One pull request, with whether it can be merged."""
    return full_pull(repository, _pull(repository, pull_number))


@routes.on("PATCH", "/pulls/{pull_number}", needs=("pull_requests", "write"))
def update_pull(repository: CurrentRepository, pull_number: int, changed: ChangedPull) -> Json:
    """Change title, body or base, close, or open again."""
    pull = _pull(repository, pull_number)
    named: dict[str, object] = {name: getattr(changed, name) for name in changed.model_fields_set}
    if pull.merged_at is not None and changed.state == "open":
        raise _fault("state", "A merged pull request cannot be opened again")
    if changed.base is not None and repository.git.ref(f"refs/heads/{changed.base}") is None:
        raise _fault("base", f"The branch {changed.base} does not exist")
    if changed.state is not None:
        named["closed_at"] = repository.clock() if changed.state == "closed" else None
    return full_pull(repository, repository.table(PullRecord).change(pull_number, **named))


@routes.on("GET", "/pulls/{pull_number}/files", needs=("pull_requests", "read"))
def list_pull_files(repository: CurrentRepository, pull_number: int, pages: Pages) -> list[Json]:
    """The files that merging would change."""
    pull = _pull(repository, pull_number)
    head = head_of(repository, pull)
    fork = repository.git.merge_base(f"refs/heads/{pull.base}", head) or head
    return file_bodies(repository, head, pages.cut(changed_files(repository.git, fork, head)))


@routes.on("PUT", "/pulls/{pull_number}/merge", needs=("contents", "write"))
def merge_pull(repository: CurrentRepository, token: CurrentToken, pull_number: int, wish: MergeWish) -> Json:
    """Merge: 405 where that is not possible, 409 when the head is not the commit that was asked for."""
    pull = _pull(repository, pull_number)
    head = head_of(repository, pull)
    if wish.sha not in {None, head}:
        raise GitHubError(409, "Head branch was modified. Review and try the merge again.")
    if pull.state == "closed" or _conflicts(repository, pull.base, head):
        raise GitHubError(405, "Pull Request is not mergeable")
    title = wish.commit_title or f"Merge pull request #{pull.id} from {repository.owner}/{pull.head}"
    message = f"{title}\n\n{wish.commit_message or pull.title}"
    commit = merge_into(repository, pull.base, head, message, signature_of(repository, token))
    now = repository.clock()
    repository.table(PullRecord).change(
        pull_number,
        state="closed",
        closed_at=now,
        merged_at=now,
        merged_by=token.login,
        merge_commit_sha=commit or head,
        merged_head=head,
    )
    return {"sha": commit or head, "merged": True, "message": "Pull Request successfully merged"}


def _conflicts(repository: Repository, base: str, head: str) -> bool:
    return isinstance(merged_tree(repository.git, f"refs/heads/{base}", head), Conflict)
