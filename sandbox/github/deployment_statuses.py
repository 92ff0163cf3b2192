"""How deployments fare: a list of statuses each, the newest of which counts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from sandbox.github.answers import Json, Pages, found, not_found
from sandbox.github.deployment_records import (
    DeploymentRecord,
    DeploymentStatusRecord,
    State,
    current_state,
    statuses_of,
)
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.people import simple_user
from sandbox.github.routing import CurrentRepository, CurrentToken, Routes

routes = Routes()
_STATUSES = "/deployments/{deployment_id}/statuses"


class NewDeploymentStatus(BaseModel):
    """A status to add; success lets the environment's earlier deployments become inactive."""

    state: State
    description: Annotated[str, Field(max_length=140)] = ""
    target_url: str = ""
    log_url: str = ""
    environment_url: str = ""
    environment: str | None = None
    auto_inactive: bool = True


def _body(repository: Repository, status: DeploymentStatusRecord) -> Json:
    deployment = repository.links.api_of("deployments", status.deployment_id)
    return {
        "id": status.id,
        "node_id": node_id("DES", status.id),
        "url": f"{deployment}/statuses/{status.id}",
        "state": status.state,
        "description": status.description,
        "environment": status.environment,
        "environment_url": status.environment_url,
        "log_url": status.log_url,
        "target_url": status.log_url,
        "creator": simple_user(repository.links.site, status.creator),
        "created_at": utc(status.created_at),
        "updated_at": utc(status.updated_at),
        "deployment_url": deployment,
        "repository_url": repository.links.api,
    }


@routes.on("POST", _STATUSES, needs=("deployments", "write"), status=201)
def create_deployment_status(
    repository: CurrentRepository, token: CurrentToken, deployment_id: int, new: NewDeploymentStatus
) -> Json:
    """Say how a deployment fares."""
    deployment = found(repository.table(DeploymentRecord).get(deployment_id))
    record = _add(repository, deployment, new, token.login)
    repository.table(DeploymentRecord).change(deployment_id)
    if new.state == "success" and new.auto_inactive:
        _retire_earlier(repository, deployment, token.login)
    return _body(repository, record)


def _add(
    repository: Repository, deployment: DeploymentRecord, new: NewDeploymentStatus, creator: str
) -> DeploymentStatusRecord:
    return repository.table(DeploymentStatusRecord).add(
        lambda number, now: DeploymentStatusRecord(
            id=number,
            created_at=now,
            updated_at=now,
            deployment_id=deployment.id,
            state=new.state,
            description=new.description,
            log_url=new.log_url or new.target_url,
            environment_url=new.environment_url,
            environment=new.environment or deployment.environment,
            creator=creator,
        )
    )


def _retire_earlier(repository: Repository, deployment: DeploymentRecord, creator: str) -> None:
    """GitHub's rule: not for transient nor for production environments."""
    for earlier in repository.table(DeploymentRecord).where(
        lambda other: (
            other.id < deployment.id
            and other.environment == deployment.environment
            and not (other.transient_environment or other.production_environment)
        )
    ):
        if current_state(repository, earlier.id) == "success":
            _add(repository, earlier, NewDeploymentStatus(state="inactive"), creator)


@routes.on("GET", _STATUSES, needs=("deployments", "read"))
def list_deployment_statuses(repository: CurrentRepository, deployment_id: int, pages: Pages) -> list[Json]:
    """A deployment's statuses, the newest first."""
    found(repository.table(DeploymentRecord).get(deployment_id))
    return [_body(repository, status) for status in pages.cut(statuses_of(repository, deployment_id))]


@routes.on("GET", f"{_STATUSES}/{{status_id}}", needs=("deployments", "read"))
def get_deployment_status(repository: CurrentRepository, deployment_id: int, status_id: int) -> Json:
    """One status."""
    status = found(repository.table(DeploymentStatusRecord).get(status_id))
    if status.deployment_id != deployment_id:
        not_found()
    return _body(repository, status)
