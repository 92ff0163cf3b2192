"""Git refs: read, create, move (compare and swap), delete."""

from __future__ import annotations

from fastapi import Response
from pydantic import BaseModel

from sandbox.github.answers import GitHubError, Json, found
from sandbox.github.git import NO_OBJECT, Ref, is_ref_name
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.routing import CurrentRepository, Routes

routes = Routes()


class NewRef(BaseModel):
    """A ref to create, by its full name."""

    ref: str
    sha: str


class MovedRef(BaseModel):
    """Where a ref is to point; unforced, only forward."""

    sha: str
    force: bool = False


def ref_body(repository: Repository, ref: Ref) -> Json:
    """A ref and what it names."""
    kind = "git/commits" if ref.kind == "commit" else f"git/{ref.kind}s"
    return {
        "ref": ref.name,
        "node_id": node_id("REF", ref.name),
        "url": repository.links.api_of("git", ref.name),
        "object": {"sha": ref.target, "type": ref.kind, "url": repository.links.api_of(kind, ref.target)},
    }


@routes.on("GET", "/git/ref/{ref}", needs=("contents", "read"))
def get_ref(repository: CurrentRepository, ref: str) -> Json:
    """The ref called refs/`ref`."""
    return ref_body(repository, found(repository.git.ref(f"refs/{ref}")))


@routes.on("GET", "/git/matching-refs/{ref}", needs=("contents", "read"))
def list_matching_refs(repository: CurrentRepository, ref: str) -> list[Json]:
    """The refs whose name starts with refs/`ref`."""
    return [ref_body(repository, match) for match in repository.git.refs(f"refs/{ref}")]


@routes.on("POST", "/git/refs", needs=("contents", "write"), status=201)
def create_ref(repository: CurrentRepository, new: NewRef) -> Json:
    """A new ref; 422 if its name is no ref name or taken, or if there is no such commit."""
    if not is_ref_name(new.ref):
        raise GitHubError(422, f"{new.ref} is not a valid ref name.")
    _require_commit(repository, new.sha)
    if not repository.git.move_ref(new.ref, new.sha, NO_OBJECT):
        raise GitHubError(422, "Reference already exists")
    return ref_body(repository, Ref(new.ref, "commit", new.sha))


@routes.on("PATCH", "/git/refs/{ref}", needs=("contents", "write"))
def update_ref(repository: CurrentRepository, ref: str, moved: MovedRef) -> Json:
    """Move a ref; unforced it is refused (422) unless the new commit comes after the one it names now."""
    _require_commit(repository, moved.sha)
    current = _existing(repository, ref)
    if not moved.force and not repository.git.is_ancestor(current.target, moved.sha):
        raise GitHubError(422, "Update is not a fast forward")
    if not repository.git.move_ref(current.name, moved.sha, current.target):
        raise GitHubError(409, f"Reference cannot be updated: {current.name} was moved meanwhile")
    return ref_body(repository, Ref(current.name, "commit", moved.sha))


@routes.on("DELETE", "/git/refs/{ref}", needs=("contents", "write"), status=204)
def delete_ref(repository: CurrentRepository, ref: str) -> Response:
    """Delete a ref; 422 if there is none."""
    current = _existing(repository, ref)
    if not repository.git.delete_ref(current.name, current.target):
        raise GitHubError(409, f"Reference cannot be deleted: {current.name} was moved meanwhile")
    return Response(status_code=204)


def _existing(repository: Repository, ref: str) -> Ref:
    current = repository.git.ref(f"refs/{ref}")
    if current is None:
        raise GitHubError(422, "Reference does not exist")
    return current


def _require_commit(repository: Repository, sha: str) -> None:
    if not repository.git.has_object(sha, "commit"):
        raise GitHubError(422, "Object does not exist")
