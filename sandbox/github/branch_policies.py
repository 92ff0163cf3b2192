"""The patterns of names by which an environment takes jobs of branches and tags, where it does so by name."""

from __future__ import annotations

from typing import Literal

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sandbox.github.answers import GitHubError, Json, Pages
from sandbox.github.environments import EnvironmentRecord, environment_named
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.routing import CurrentRepository, Routes
from sandbox.github.store import Record

routes = Routes()
_POLICIES = "/environments/{environment_name}/deployment-branch-policies"


class NewPolicy(BaseModel):
    """A pattern of names to let in."""

    name: str
    type: Literal["branch", "tag"] = "branch"


class PolicyRecord(Record):
    """A pattern of one environment."""

    environment_id: int
    pattern: NewPolicy


def _policies(repository: Repository, environment: EnvironmentRecord) -> list[PolicyRecord]:
    return repository.table(PolicyRecord).where(lambda record: record.environment_id == environment.id)


def _body(record: PolicyRecord) -> Json:
    return {"id": record.id, "node_id": node_id("GBP", record.id), **record.pattern.model_dump()}


@routes.on("GET", _POLICIES, needs=("actions", "read"))
def list_policies(repository: CurrentRepository, environment_name: str, pages: Pages) -> Json:
    """All patterns of the environment."""
    records = _policies(repository, environment_named(repository, environment_name))
    return {"total_count": len(records), "branch_policies": [_body(record) for record in pages.cut(records)]}


@routes.on("POST", _POLICIES, needs=("administration", "write"))
def create_policy(repository: CurrentRepository, environment_name: str, new: NewPolicy) -> Response:
    """A new pattern; 303 if it is there already, 404 where the protection does not leave it to patterns."""
    environment = environment_named(repository, environment_name)
    policy = environment.protection.deployment_branch_policy
    if policy is None or not policy.custom_branch_policies:
        raise GitHubError(404, "Not Found")
    if any(record.pattern == new for record in _policies(repository, environment)):
        return Response(status_code=303)
    record = repository.table(PolicyRecord).add(
        lambda number, now: PolicyRecord(
            id=number, created_at=now, updated_at=now, environment_id=environment.id, pattern=new
        )
    )
    return JSONResponse(_body(record))
