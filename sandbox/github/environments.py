"""GitHub Environments and their protection rules. What else belongs to them has files of its own."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from fastapi import Response
from pydantic import BaseModel, Field, model_validator

from sandbox.github.answers import GitHubError, Json, Pages, found
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.people import simple_user
from sandbox.github.routing import CurrentRepository, Routes
from sandbox.github.store import Record

routes = Routes()


class Reviewer(BaseModel):
    """A person who has to agree before a job may use the environment."""

    type: Literal["User"] = "User"
    id: int


class BranchPolicy(BaseModel):
    """Which branches may be deployed."""

    protected_branches: bool
    custom_branch_policies: bool

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.protected_branches == self.custom_branch_policies:
            raise ValueError("protected_branches and custom_branch_policies cannot have the same value")
        return self


class Protection(BaseModel):
    """What a PUT sets, whole: a rule that it does not name is taken away."""

    wait_timer: Annotated[int | None, Field(ge=0, le=43200)] = 0
    prevent_self_review: bool | None = False
    reviewers: list[Reviewer] | None = None
    deployment_branch_policy: BranchPolicy | None = None


class EnvironmentRecord(Record):
    """An environment of the repository."""

    name: str
    protection: Protection = Protection()


def environment_named(repository: Repository, name: str) -> EnvironmentRecord:
    """The environment of this name, in whatever case.

    Raises GitHubError 404 where there is none.
    """
    return found(_lookup(repository, name))


def ensure_environment(repository: Repository, name: str) -> EnvironmentRecord:
    """The environment of this name, made without protection if it is new."""
    return _lookup(repository, name) or repository.table(EnvironmentRecord).add(
        lambda number, now: EnvironmentRecord(id=number, created_at=now, updated_at=now, name=name)
    )


def _lookup(repository: Repository, name: str) -> EnvironmentRecord | None:
    matching = repository.table(EnvironmentRecord).where(
        lambda record: record.name.casefold() == name.casefold()
    )
    return matching[0] if matching else None


def _body(repository: Repository, record: EnvironmentRecord) -> Json:
    policy = record.protection.deployment_branch_policy
    return {
        "id": record.id,
        "node_id": node_id("EN", record.id),
        "name": record.name,
        "url": repository.links.api_of("environments", record.name),
        "html_url": repository.links.page_of("deployments/activity_log")
        + f"?environments_filter={record.name}",
        "created_at": utc(record.created_at),
        "updated_at": utc(record.updated_at),
        "protection_rules": _rules(repository, record),
        "deployment_branch_policy": policy.model_dump() if policy else None,
    }


def _rules(repository: Repository, record: EnvironmentRecord) -> list[Json]:
    protection = record.protection
    rules: list[Json] = []
    if protection.wait_timer:
        rules.append({"type": "wait_timer", "wait_timer": protection.wait_timer})
    if protection.reviewers:
        rules.append(
            {
                "type": "required_reviewers",
                "prevent_self_review": bool(protection.prevent_self_review),
                "reviewers": [_reviewer(repository, reviewer) for reviewer in protection.reviewers],
            }
        )
    if protection.deployment_branch_policy:
        rules.append({"type": "branch_policy"})
    numbers = (record.id * 10 + place for place in range(10))
    return [
        {"id": number, "node_id": node_id("GA", number), **rule}
        for number, rule in zip(numbers, rules, strict=False)
    ]


def _reviewer(repository: Repository, reviewer: Reviewer) -> Json:
    user = {**simple_user(repository.links.site, f"user-{reviewer.id}"), "id": reviewer.id}
    return {"type": reviewer.type, "reviewer": user}


@routes.on("GET", "/environments", needs=("actions", "read"))
def list_environments(repository: CurrentRepository, pages: Pages) -> Json:
    """All environments."""
    records = repository.table(EnvironmentRecord).all()
    bodies = [_body(repository, record) for record in pages.cut(records)]
    return {"total_count": len(records), "environments": bodies}


@routes.on("GET", "/environments/{environment_name}", needs=("actions", "read"))
def get_environment(repository: CurrentRepository, environment_name: str) -> Json:
    """One environment."""
    return _body(repository, environment_named(repository, environment_name))


@routes.on("PUT", "/environments/{environment_name}", needs=("administration", "write"))
def put_environment(
    repository: CurrentRepository, environment_name: str, protection: Protection | None = None
) -> Json:
    """Make an environment, or replace all its protection rules."""
    if not environment_name.strip() or len(environment_name) > 255:
        raise GitHubError(422, "Invalid environment name")
    record = ensure_environment(repository, environment_name)
    changed = repository.table(EnvironmentRecord).change(record.id, protection=protection or Protection())
    return _body(repository, changed)


@routes.on("DELETE", "/environments/{environment_name}", needs=("administration", "write"), status=204)
def delete_environment(repository: CurrentRepository, environment_name: str) -> Response:
    """Delete an environment; its secrets and variables are out of reach with it."""
    repository.table(EnvironmentRecord).remove(environment_named(repository, environment_name).id)
    return Response(status_code=204)
