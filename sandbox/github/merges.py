"""Merging one branch into another, as a person would by a pull request but without one."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sandbox.github.answers import GitHubError, Json
from sandbox.github.commits import commit_body
from sandbox.github.git_objects import Conflict, Signature, merged_tree, read_commit, write_commit
from sandbox.github.hub import Repository
from sandbox.github.routing import CurrentRepository, CurrentToken, Routes
from sandbox.github.tokens import Token

routes = Routes()


class Merge(BaseModel):
    """`head` (a branch or commit) is to be merged into the branch `base`."""

    base: str
    head: str
    commit_message: str | None = None


def signature_of(repository: Repository, token: Token) -> Signature:
    """The token's owner, now, as author of a commit."""
    return Signature(token.login, f"{token.login}@users.noreply.github.com", repository.clock())


def merge_into(repository: Repository, base: str, head: str, message: str, author: Signature) -> str | None:
    """The merge commit of the commit `head` into the branch `base`; None where it is merged already.

    Raises GitHubError 404 for a branch that is not there, 409 for conflicts or when it moved meanwhile.
    """
    name = f"refs/heads/{base}"
    target = repository.git.ref(name)
    if target is None:
        raise GitHubError(404, "Base does not exist")
    if repository.git.is_ancestor(head, target.target):
        return None
    tree = merged_tree(repository.git, target.target, head)
    if isinstance(tree, Conflict):
        raise GitHubError(409, "Merge conflict")
    parents = (target.target, head)
    commit = write_commit(repository.git, tree=tree, parents=parents, message=message, author=author)
    if not repository.git.move_ref(name, commit, target.target):
        raise GitHubError(409, "Base branch was modified. Review and try the merge again.")
    return commit


@routes.on("POST", "/merges", needs=("contents", "write"), status=201)
def merge(repository: CurrentRepository, token: CurrentToken, wish: Merge) -> Response:
    """201 with the merge commit, 204 when there is nothing to merge, 404 and 409 as `merge_into` says."""
    head = repository.git.commit_of(wish.head)
    if head is None:
        raise GitHubError(404, "Head does not exist")
    message = wish.commit_message or f"Merge {wish.head} into {wish.base}"
    commit = merge_into(repository, wish.base, head, message, signature_of(repository, token))
    if commit is None:
        return Response(status_code=204)
    body: Json = commit_body(repository, read_commit(repository.git, commit))
    return JSONResponse(body, status_code=201)
