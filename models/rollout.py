"""An ECS service as it was seen, and the judgement whether our deployment of it is over and how it ended.

Judging is pure: it sees snapshots, and is told what was seen before.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict

from models.environment import Environment
from models.names import ImageDigest
from models.outputs import Outputs
from models.release import Release


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True)


class EcsDeployment(_Seen):
    """One deployment of a service; `status` and `rollout_state` are ECS's own words."""

    id: str
    status: str
    task_definition: str
    image_digests: list[str]
    """What the task definition pins its containers' images to; a tag counts for nothing."""
    desired: int
    running: int
    pending: int
    failed_tasks: int
    rollout_state: str
    rollout_reason: str
    created_at: datetime


class ServiceEvent(_Seen):
    """One line of a service's event log."""

    id: str
    at: datetime
    message: str


class ServiceState(_Seen):
    """A service at one moment; events are newest first."""

    cluster: str
    service: str
    desired: int
    running: int
    pending: int
    deployments: list[EcsDeployment]
    events: list[ServiceEvent]
    target_groups: list[str]
    """ARNs of the target groups that its tasks are registered in."""

    @property
    def primary(self) -> EcsDeployment | None:
        """The deployment that ECS is bringing up or keeps up."""
        return next((one for one in self.deployments if one.status == "PRIMARY"), None)


class Container(_Seen):
    """One container of a task; `exit_code` is None while it runs or where it never started."""

    name: str
    image_digest: str | None
    exit_code: int | None
    reason: str


class Task(_Seen):
    """One task; statuses and reasons are ECS's own words."""

    arn: str
    task_definition: str
    last_status: str
    health: str
    stopped_reason: str
    containers: list[Container]
    zone: str = ""
    subnet: str = ""
    created_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def name(self) -> str:
        """The task's id, the last part of its ARN."""
        return self.arn.rpartition("/")[2]

    def runs(self, digest: str) -> bool:
        """Whether one of its containers is of this image."""
        return any(container.image_digest == digest for container in self.containers)


class Expected(_Seen):
    """What the service is to come to.

    Ours is the deployment whose task definition pins this image, and is the one named where one is: it has to
    be where the release before has the same image. `by_tag` says that it pins none, so that its name alone
    tells, and the tasks then which image they run.
    """

    image_digest: ImageDigest
    desired_count: int
    task_definition: str | None = None
    by_tag: bool = False

    @classmethod
    def of(cls, environment: Environment, outputs: Outputs, release: Release) -> Self:
        """What the release wants, by the task definition that Terraform made for it."""
        return cls(
            image_digest=release.image_digest,
            desired_count=release.desired_count,
            task_definition=outputs.task_definition,
            by_tag=environment.terraform.variables.by_tag,
        )

    def is_ours(self, deployment: EcsDeployment) -> bool:
        """Whether this deployment is the one we mean."""
        pins = self.by_tag or self.image_digest in deployment.image_digests
        return pins and self.task_definition in {None, deployment.task_definition}


class Outcome(StrEnum):
    """How a rollout ended."""

    COMPLETED = "completed"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"
    TIMED_OUT = "timed out"


class Rollout(_Seen):
    """The end of a rollout. `reasons` say why it did not complete, in ECS's words where it gave any."""

    outcome: Outcome
    seconds: float
    state: ServiceState
    reasons: list[str] = []

    @property
    def completed(self) -> bool:
        """Whether what was expected runs."""
        return self.outcome is Outcome.COMPLETED

    @property
    def reason(self) -> str:
        """The outcome and all reasons as one phrase, without a full stop."""
        return "; ".join([self.outcome.value, *self.reasons])


def judge_rollout(state: ServiceState, expected: Expected, *, was_seen: bool) -> Outcome | None:
    """How our deployment ended, or None while that is open.

    `was_seen` says that our deployment was PRIMARY in an earlier look. A PRIMARY that is not ours means a
    rollback only then, or where ours is there as FAILED: ECS may show a new deployment a moment late.
    """
    primary = state.primary
    if primary is None:
        return None
    if not expected.is_ours(primary):
        failed = any(expected.is_ours(one) and one.rollout_state == "FAILED" for one in state.deployments)
        return Outcome.ROLLED_BACK if was_seen or failed else None
    if primary.rollout_state == "FAILED":
        return Outcome.FAILED
    return Outcome.COMPLETED if _is_up(state, primary, expected.desired_count) else None


def _is_up(state: ServiceState, primary: EcsDeployment, desired_count: int) -> bool:
    counts = {state.desired, state.running, primary.desired, primary.running}
    return primary.rollout_state == "COMPLETED" and state.pending == 0 and counts == {desired_count}


def describe_progress(state: ServiceState, expected: Expected) -> str:
    """Where the rollout is, in one sentence."""
    primary = state.primary
    if primary is None:
        return f"{state.service} has no deployment yet."
    name = task_definition_name(primary.task_definition)
    if not expected.is_ours(primary):
        return f"{state.service} is on {name}, which is not the expected one."
    others = sum(one.running for one in state.deployments if one.id != primary.id)
    failed = f", {primary.failed_tasks} failed" if primary.failed_tasks else ""
    old = f"; {others} of earlier deployments still run" if others else ""
    return (
        f"{primary.running} of {expected.desired_count} tasks run {name}, {primary.pending} are starting"
        f"{failed}{old} ({primary.rollout_state or 'no rollout state'})."
    )


def task_definition_name(arn: str) -> str:
    """Family and revision, for example credex-core:7."""
    return arn.rpartition("/")[2]
