"""An ECS service as DescribeServices shows it at moments that matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models.rollout import Container, EcsDeployment, Expected, ServiceEvent, ServiceState, Task
from models.traffic import Target

OLD, NEW = "sha256:" + "0" * 64, "sha256:" + "1" * 64
OLD_DEFINITION, NEW_DEFINITION = (
    f"arn:aws:ecs:af-south-1:123456789012:task-definition/credex-core:{revision}" for revision in (6, 7)
)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
EXPECTED = Expected(image_digest=NEW, desired_count=2)


def deployment(digest: str = NEW, **changes: object) -> EcsDeployment:
    """A completed PRIMARY deployment of two tasks, but for the changes."""
    return EcsDeployment.model_validate(
        {
            "id": f"ecs-svc/{digest[-1]}",
            "status": "PRIMARY",
            "task_definition": NEW_DEFINITION if digest == NEW else OLD_DEFINITION,
            "image_digests": [digest],
            "desired": 2,
            "running": 2,
            "pending": 0,
            "failed_tasks": 0,
            "rollout_state": "COMPLETED",
            "rollout_reason": "",
            "created_at": BEGAN,
            **changes,
        }
    )


def state(*deployments: EcsDeployment, events: list[str] | None = None, **changes: object) -> ServiceState:
    """A service of two running tasks with these deployments; events are given oldest first."""
    lines = [
        ServiceEvent(id=message, at=BEGAN + timedelta(seconds=number), message=f"(service credex) {message}")
        for number, message in enumerate(events or [])
    ]
    return ServiceState.model_validate(
        {
            "cluster": "cluster",
            "service": "credex",
            "desired": 2,
            "running": 2,
            "pending": 0,
            "deployments": deployments,
            "events": lines[::-1],
            "target_groups": ["blue"],
            **changes,
        }
    )


def task(digest: str | None = NEW, **changes: object) -> Task:
    """A running task of one container; `exit_code` and `stopped_reason` tell how it ended."""
    exit_code = changes.pop("exit_code", None)
    container = Container.model_validate(
        {"name": "credex-core", "image_digest": digest, "exit_code": exit_code, "reason": ""}
    )
    return Task.model_validate(
        {
            "arn": "arn:aws:ecs:af-south-1:123456789012:task/cluster/1",
            "task_definition": NEW_DEFINITION,
            "last_status": "RUNNING",
            "health": "HEALTHY",
            "stopped_reason": "",
            "containers": [container],
            **changes,
        }
    )


def target(state: str = "healthy", reason: str = "") -> Target:
    """A target in this state."""
    return Target(address="10.0.10.7", port=5000, state=state, reason=reason)


STARTING = state(
    deployment(running=1, pending=1, rollout_state="IN_PROGRESS"),
    deployment(OLD, status="ACTIVE", running=1),
    pending=1,
)
COMPLETED = state(deployment())
ROLLING_BACK = state(
    deployment(OLD, rollout_state="IN_PROGRESS"),
    deployment(
        status="ACTIVE",
        running=0,
        failed_tasks=3,
        rollout_state="FAILED",
        rollout_reason="ECS deployment circuit breaker: tasks failed to start.",
    ),
    events=["has started 1 tasks.", "deployment failed: tasks failed to start.", "rolling back to it."],
)
ROLLED_BACK = state(deployment(OLD))
