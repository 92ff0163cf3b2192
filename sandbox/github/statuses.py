"""Commit statuses and the combined one, which says whether a commit is green."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from sandbox.github.answers import Json, Pages
from sandbox.github.commits import resolve
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.people import simple_user
from sandbox.github.repositories import minimal_repository
from sandbox.github.routing import CurrentRepository, CurrentToken, Routes
from sandbox.github.store import Record

routes = Routes()
State = Literal["error", "failure", "pending", "success"]


class StatusRecord(Record):
    """What somebody said of a commit, under a context such as ci/build."""

    sha: str
    state: State
    context: str
    description: str | None
    target_url: str | None
    creator: str


class NewStatus(BaseModel):
    """A status to add; the newest of each context counts."""

    state: State
    context: Annotated[str, Field(min_length=1)] = "default"
    description: Annotated[str | None, Field(max_length=140)] = None
    target_url: str | None = None


def statuses_of(repository: Repository, sha: str) -> list[StatusRecord]:
    """All statuses of a commit, the newest first."""
    return repository.table(StatusRecord).where(lambda status: status.sha == sha)[::-1]


def newest_by_context(repository: Repository, sha: str) -> dict[str, StatusRecord]:
    """The status that counts for each context."""
    return {status.context: status for status in reversed(statuses_of(repository, sha))}


def combined_state(statuses: list[StatusRecord]) -> str:
    """GitHub's rule: one that failed fails all; one that is pending, or none at all, is pending."""
    states = {status.state for status in statuses}
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def _simple(repository: Repository, status: StatusRecord) -> Json:
    return {
        "id": status.id,
        "node_id": node_id("SC", status.id),
        "url": repository.links.api_of("statuses", status.sha),
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.target_url,
        "avatar_url": simple_user(repository.links.site, status.creator)["avatar_url"],
        "created_at": utc(status.created_at),
        "updated_at": utc(status.updated_at),
    }


def _body(repository: Repository, status: StatusRecord) -> Json:
    creator = simple_user(repository.links.site, status.creator)
    return {**_simple(repository, status), "creator": creator}


@routes.on("POST", "/statuses/{sha}", needs=("statuses", "write"), status=201)
def create_status(repository: CurrentRepository, token: CurrentToken, sha: str, new: NewStatus) -> Json:
    """Add a status to a commit."""
    commit = resolve(repository, sha)
    record = repository.table(StatusRecord).add(
        lambda number, now: StatusRecord(
            id=number, created_at=now, updated_at=now, sha=commit, creator=token.login, **new.model_dump()
        )
    )
    return _body(repository, record)


@routes.on("GET", "/commits/{ref}/statuses", needs=("statuses", "read"))
def list_statuses(repository: CurrentRepository, ref: str, pages: Pages) -> list[Json]:
    """All statuses of a commit, the newest first."""
    records = statuses_of(repository, resolve(repository, ref))
    return [_body(repository, record) for record in pages.cut(records)]


@routes.on("GET", "/commits/{ref}/status", needs=("statuses", "read"))
def get_combined_status(repository: CurrentRepository, ref: str, pages: Pages) -> Json:
    """Whether the commit is green, by the newest status of each context."""
    sha = resolve(repository, ref)
    statuses = list(newest_by_context(repository, sha).values())
    return {
        "sha": sha,
        "state": combined_state(statuses),
        "total_count": len(statuses),
        "statuses": [_simple(repository, status) for status in pages.cut(statuses)],
        "repository": minimal_repository(repository),
        "commit_url": repository.links.api_of("commits", sha),
        "url": repository.links.api_of("commits", sha, "status"),
    }
