"""What is kept of a deployment and of each of its statuses."""

from __future__ import annotations

from typing import Any, Literal

from sandbox.github.hub import Repository
from sandbox.github.store import Record

State = Literal["error", "failure", "inactive", "in_progress", "queued", "pending", "success"]


class DeploymentRecord(Record):
    """That a commit is to run in an environment."""

    sha: str
    ref: str
    task: str
    payload: dict[str, Any] | str
    environment: str
    description: str | None
    transient_environment: bool
    production_environment: bool
    creator: str


class DeploymentStatusRecord(Record):
    """How a deployment fares."""

    deployment_id: int
    state: State
    description: str
    log_url: str
    environment_url: str
    environment: str
    creator: str


def statuses_of(repository: Repository, deployment_id: int) -> list[DeploymentStatusRecord]:
    """A deployment's statuses, the newest first."""
    table = repository.table(DeploymentStatusRecord)
    return table.where(lambda status: status.deployment_id == deployment_id)[::-1]


def current_state(repository: Repository, deployment_id: int) -> State | None:
    """The state that the newest status tells; None before the first."""
    statuses = statuses_of(repository, deployment_id)
    return statuses[0].state if statuses else None
