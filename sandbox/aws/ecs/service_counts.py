"""Writes what runs into the records that AWS describes: counts of deployments, services and clusters.

Hold `LOCK` while calling.
"""

from __future__ import annotations

from collections.abc import Sequence

from moto.ecs.models import Service

from sandbox.aws.backends import ecs
from sandbox.aws.ecs import deployments
from sandbox.aws.ecs.running_task import Phase, RunningTask


def publish_counts(service: Service, tasks: Sequence[RunningTask]) -> None:
    """Bring a service's record in line with its tasks; completes a deployment or deletion that is done."""
    primary = deployments.primary_of(service)
    for deployment in deployments.deployments_of(service):
        mine = [task for task in tasks if task.deployment_id == deployment["id"]]
        deployment["runningCount"] = _count(mine, Phase.RUNNING)
        deployment["pendingCount"] = _count(mine, Phase.STARTING)
        deployment["desiredCount"] = service.desired_count if deployment is primary else 0
    _drop_empty(service, primary, tasks)
    service.running_count = _count(tasks, Phase.RUNNING)
    service.pending_count = _count(tasks, Phase.STARTING)
    if primary["rolloutState"] == "IN_PROGRESS" and _is_steady(service, primary, tasks):
        deployments.complete(service)
    if service.status == "DRAINING" and not tasks:
        service.status = "INACTIVE"


def _count(tasks: Sequence[RunningTask], phase: Phase) -> int:
    return sum(task.phase is phase for task in tasks)


def _drop_empty(service: Service, primary: deployments.Deployment, tasks: Sequence[RunningTask]) -> None:
    """Drop the older deployments whose last task is gone."""
    owners = {task.deployment_id for task in tasks}
    listed = deployments.deployments_of(service)
    listed[:] = [one for one in listed if one is primary or one["id"] in owners]


def _is_steady(service: Service, primary: deployments.Deployment, tasks: Sequence[RunningTask]) -> bool:
    """Tell whether exactly the wanted tasks run, all of the primary deployment and healthy."""
    alone = len(deployments.deployments_of(service)) == 1
    healthy = sum(task.deployment_id == primary["id"] and task.is_healthy() for task in tasks)
    return service.status == "ACTIVE" and alone and healthy == service.desired_count == len(tasks)


def publish_cluster_counts() -> None:
    """Bring the counts of each cluster in line with its services."""
    for cluster in ecs().clusters.values():
        services = [service for service in ecs().services.values() if service.cluster_name == cluster.name]
        cluster.active_services_count = sum(service.status == "ACTIVE" for service in services)
        cluster.running_tasks_count = sum(service.running_count for service in services)
        cluster.pending_tasks_count = sum(service.pending_count for service in services)
