"""Tasks as AWS shows them: moto's task records, with addresses in their subnets and what became of them.

Hold `LOCK` while calling.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.subnets import Subnet
from moto.ecs.models import Service, Task

from sandbox.aws.backends import ec2, ecs
from sandbox.aws.ecs.deployments import Deployment

FIRST_HOST = 100
"""Tasks get the addresses from here on: below are load balancers and the databases."""

STOPPED_KEPT = 50
"""How many stopped tasks of a service can still be described; AWS keeps them for an hour."""


@dataclass(frozen=True)
class StopReason:
    """Why a task stops: ECS's stop code and its sentence."""

    code: str
    reason: str
    is_failure: bool = False


def group_of(service: Service) -> str:
    """Tell the group that a service's tasks are in."""
    return f"service:{service.name}"


def tasks_of(service: Service) -> list[Task]:
    """List a service's tasks, the oldest first, stopped ones included."""
    tasks = ecs().tasks.get(service.cluster_name, {})
    return [task for task in tasks.values() if task.group == group_of(service)]


def subnets_of(service: Service) -> list[Subnet]:
    """List the subnets in which a service's tasks get their addresses."""
    configuration = service.network_configuration["awsvpcConfiguration"]
    return [ec2().get_subnet(subnet) for subnet in configuration["subnets"]]


def free_address(subnet: Subnet, taken: Collection[str], after: str | None) -> str | None:
    """Pick an address no task has, the next one after the last given, so that none is used again soon."""
    network = ipaddress.ip_network(subnet.cidr_block)
    hosts = [str(network[host]) for host in range(FIRST_HOST, min(250, network.num_addresses - 1))]
    start = hosts.index(after) + 1 if after in hosts else 0
    return next((host for host in hosts[start:] + hosts[:start] if host not in taken), None)


def create_task(service: Service, deployment: Deployment, subnet: Subnet, address: str) -> Task:
    """Record a task that is about to start, with a network interface at its address."""
    cluster = ecs().clusters[service.cluster_name]
    definition = ecs().describe_task_definition(deployment["taskDefinition"])
    configuration = service.network_configuration["awsvpcConfiguration"]
    network = {"securityGroups": [], **configuration, "subnets": [subnet.id]}
    task = Task(
        cluster=cluster,
        task_definition=definition,
        container_instance_arn=None,
        resource_requirements=None,
        backend=ecs(),
        group=group_of(service),
        launch_type="FARGATE",
        started_by=deployment["id"],
        tags=service.tags if service.propagate_tags == "SERVICE" else [],
        networking_configuration={"awsvpcConfiguration": network},
        platform_version=deployment["platformVersion"],
    )
    _place(task, subnet, address)
    task.last_status = "PROVISIONING"
    update(task, created_at=utcnow(), cpu=definition.cpu, memory=definition.memory, connectivity="CONNECTED")
    update(task, availability_zone=subnet.availability_zone, health_status="UNKNOWN", version=1)
    container = task.containers[0]
    del container.exitCode
    container.health_status = "UNKNOWN"
    vars(container)["task_arn"] = task.task_arn
    container.network_interfaces = [
        {"attachmentId": task.attachments[0]["id"], "privateIpv4Address": address}
    ]
    ecs().tasks.setdefault(cluster.name, {})[task.task_arn] = task
    return task


def _place(task: Task, subnet: Subnet, address: str) -> None:
    details = _details(task.attachments[0])
    interface = ec2().get_network_interface(details["networkInterfaceId"]["value"])
    interface.private_ip_address = address
    interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
    details["privateIPv4Address"]["value"] = address
    details["subnetId"]["value"] = subnet.id


def _details(attachment: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {detail["name"]: detail for detail in attachment["details"]}


def mark_running(task: Task, image_digest: str) -> None:
    """Say that the container has started."""
    task.last_status = "RUNNING"
    update(task, started_at=utcnow(), version=2)
    task.containers[0].last_status = "RUNNING"
    vars(task.containers[0])["image_digest"] = image_digest


def mark_stopping(task: Task, stop: StopReason) -> None:
    """Say that the task is to stop, and why."""
    task.last_status = "DEACTIVATING"
    task.desired_status = "STOPPED"
    task.stopped_reason = stop.reason
    update(task, stop_code=stop.code, stopping_at=utcnow())


def mark_stopped(task: Task, exit_code: int | None) -> None:
    """Say that the task is gone, and give its network interface back."""
    task.last_status = "STOPPED"
    task.desired_status = "STOPPED"
    update(task, stopped_at=utcnow())
    container = task.containers[0]
    container.last_status = "STOPPED"
    if exit_code is not None:
        container.exitCode = exit_code
    attachments: list[dict[str, Any]] = task.attachments
    for attachment in attachments:
        attachment["status"] = "DELETED"
        ec2().enis.pop(_details(attachment)["networkInterfaceId"]["value"], None)


def forget_old_tasks(service: Service) -> None:
    """Drop the oldest stopped tasks."""
    stopped = [task for task in tasks_of(service) if task.last_status == "STOPPED"]
    for task in stopped[:-STOPPED_KEPT]:
        del ecs().tasks[service.cluster_name][task.task_arn]


def update(task: Task, **attributes: Any) -> None:  # noqa: ANN401 - moto's records are untyped here
    """Set attributes that moto describes but does not declare."""
    vars(task).update(attributes)
