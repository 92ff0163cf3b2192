"""The deployments of a service as AWS shows them: made, completed, failed, put back; and its events.

They live in moto's service, so that they are described without further ado. Hold `LOCK` while calling.
"""

from __future__ import annotations

import secrets
import uuid
from typing import Any, Literal, TypedDict

from moto.core.utils import utcnow
from moto.ecs.models import Service

EVENTS_KEPT = 100

_LAST_COMPLETED = "last_completed_deployment"


class Deployment(TypedDict):
    """One deployment of a service, in the words of DescribeServices."""

    id: str
    status: Literal["PRIMARY", "ACTIVE"]
    taskDefinition: str
    desiredCount: int
    pendingCount: int
    runningCount: int
    failedTasks: int
    createdAt: Any
    updatedAt: Any
    launchType: str | None
    platformVersion: str
    platformFamily: str
    networkConfiguration: dict[str, Any]
    rolloutState: Literal["IN_PROGRESS", "COMPLETED", "FAILED"]
    rolloutStateReason: str


def deployments_of(service: Service) -> list[Deployment]:
    """List a service's deployments, the PRIMARY one first."""
    deployments: list[Deployment] = service.deployments  # type: ignore[assignment]
    return deployments


def primary_of(service: Service) -> Deployment:
    """Return the deployment that the service is to become."""
    return deployments_of(service)[0]


def open_deployment(service: Service) -> Deployment:
    """Make a new PRIMARY deployment of the service as it is configured now."""
    deployment_id = f"ecs-svc/{secrets.randbelow(10**19):019d}"
    now = utcnow()
    deployment = Deployment(
        id=deployment_id,
        status="PRIMARY",
        taskDefinition=str(service.task_definition),
        desiredCount=service.desired_count,
        pendingCount=0,
        runningCount=0,
        failedTasks=0,
        createdAt=now,
        updatedAt=now,
        launchType=service.launch_type,
        platformVersion="1.4.0",
        platformFamily="Linux",
        networkConfiguration=service.network_configuration,
        rolloutState="IN_PROGRESS",
        rolloutStateReason=f"ECS deployment {deployment_id} in progress.",
    )
    _make_primary(service, deployment)
    return deployment


def complete(service: Service) -> None:
    """Say that the primary deployment has what it wanted; it is the one to go back to from now on."""
    deployment = primary_of(service)
    _roll(deployment, "COMPLETED", f"ECS deployment {deployment['id']} completed.")
    vars(service)[_LAST_COMPLETED] = deployment
    note_event(service, f"(deployment {deployment['id']}) deployment completed.")
    note_event(service, "has reached a steady state.")


def fail(service: Service) -> None:
    """Say that the circuit breaker gave the primary deployment up."""
    deployment = primary_of(service)
    _roll(deployment, "FAILED", "ECS deployment circuit breaker: tasks failed to start.")
    note_event(service, f"(deployment {deployment['id']}) deployment failed: tasks failed to start.")


def roll_back(service: Service) -> bool:
    """Make the last completed deployment PRIMARY again; False where there is none."""
    last: Deployment | None = vars(service).get(_LAST_COMPLETED)
    if last is None or last is primary_of(service):
        return False
    service.task_definition = last["taskDefinition"]
    last["failedTasks"] = 0
    reason = f"ECS deployment circuit breaker: rolling back to deploymentId {last['id']}."
    _roll(last, "IN_PROGRESS", reason)
    _make_primary(service, last)
    note_event(service, f"rolling back to deployment {last['id']}.")
    return True


def breaker_threshold(desired_count: int) -> int:
    """Tell how many failed tasks end a deployment: half of the desired count, at least 3, at most 200."""
    return min(200, max(3, -(-desired_count // 2)))


def note_event(service: Service, message: str) -> None:
    """Add an event, in AWS's form, before the others."""
    event = {
        "id": str(uuid.uuid4()),
        "createdAt": utcnow(),
        "message": f"(service {service.name}) {message}",
    }
    service.events.insert(0, event)
    del service.events[EVENTS_KEPT:]


def _make_primary(service: Service, deployment: Deployment) -> None:
    deployments = deployments_of(service)
    others = [other for other in deployments if other is not deployment]
    for other in others:
        other["status"] = "ACTIVE"
    deployment["status"] = "PRIMARY"
    deployment["desiredCount"] = service.desired_count
    deployments[:] = [deployment, *others]


def _roll(deployment: Deployment, state: Literal["IN_PROGRESS", "COMPLETED", "FAILED"], reason: str) -> None:
    deployment["rolloutState"] = state
    deployment["rolloutStateReason"] = reason
    deployment["updatedAt"] = utcnow()
