"""Reads ECS services and their tasks into values; changes nothing and judges nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from models.errors import Refused
from models.rollout import Container, EcsDeployment, ServiceEvent, ServiceState, Task
from systems.aws.errors import aws_errors
from systems.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerTypeDef, DeploymentTypeDef, ServiceTypeDef, TaskTypeDef

_PINNED = re.compile(r"@(sha256:[0-9a-f]{64})$")
_DESCRIBED_AT_ONCE = 100


@aws_errors()
def read_service(aws: Aws, cluster: str, service: str) -> ServiceState:
    """The service as it is now. Raises Refused when the cluster or the service is not there."""
    seen = describe_service(aws, cluster, service)
    return ServiceState(
        cluster=cluster,
        service=service,
        desired=seen["desiredCount"],
        running=seen["runningCount"],
        pending=seen["pendingCount"],
        deployments=[_deployment(aws, one) for one in seen["deployments"]],
        events=[
            ServiceEvent(id=event["id"], at=event["createdAt"], message=event["message"])
            for event in seen.get("events", [])
        ],
        target_groups=[
            balancer["targetGroupArn"]
            for balancer in seen.get("loadBalancers", [])
            if "targetGroupArn" in balancer
        ],
    )


def running_tasks(aws: Aws, cluster: str, service: str) -> list[Task]:
    """The tasks that are meant to run, those still starting included."""
    return _tasks(aws, cluster, service, "RUNNING")


def stopped_tasks(aws: Aws, cluster: str, service: str) -> list[Task]:
    """The tasks that ended of late; ECS remembers them for about an hour."""
    return _tasks(aws, cluster, service, "STOPPED")


@aws_errors()
def describe_service(aws: Aws, cluster: str, service: str) -> ServiceTypeDef:
    """The service as ECS describes it. Raises Refused when the cluster or the service is not there."""
    try:
        found = aws.ecs.describe_services(cluster=cluster, services=[service])["services"]
    except aws.ecs.exceptions.ClusterNotFoundException as error:
        raise Refused(
            f"There is no ECS cluster {cluster} in {aws.region}.",
            next_step="Run the initial-deployment scenario, or check Terraform's outputs.",
        ) from error
    if not found or found[0]["status"] == "INACTIVE":
        raise Refused(
            f"There is no ECS service {service} in the cluster {cluster}.",
            next_step="Run the initial-deployment scenario, or check Terraform's outputs.",
        )
    return found[0]


def _deployment(aws: Aws, seen: DeploymentTypeDef) -> EcsDeployment:
    return EcsDeployment(
        id=seen["id"],
        status=seen["status"],
        task_definition=seen["taskDefinition"],
        image_digests=_pinned_digests(aws, seen["taskDefinition"]),
        desired=seen["desiredCount"],
        running=seen["runningCount"],
        pending=seen["pendingCount"],
        failed_tasks=seen.get("failedTasks", 0),
        rollout_state=seen.get("rolloutState", ""),
        rollout_reason=seen.get("rolloutStateReason", ""),
        created_at=seen["createdAt"],
    )


@aws_errors()
def secret_names(aws: Aws, task_definition: str) -> set[str]:
    """The names of the secrets that a task definition gives to its containers."""
    definition = aws.ecs.describe_task_definition(taskDefinition=task_definition)["taskDefinition"]
    return {
        secret["name"]
        for container in definition["containerDefinitions"]
        for secret in container.get("secrets", [])
    }


def _pinned_digests(aws: Aws, task_definition: str) -> list[str]:
    definition = aws.ecs.describe_task_definition(taskDefinition=task_definition)["taskDefinition"]
    digests = (pinned_digest(container["image"]) for container in definition["containerDefinitions"])
    return [digest for digest in digests if digest]


def pinned_digest(image: str) -> str | None:
    """The digest that an image's name pins it to; None for a tag, which may be anything."""
    pinned = _PINNED.search(image)
    return pinned[1] if pinned else None


@aws_errors()
def _tasks(aws: Aws, cluster: str, service: str, status: Literal["RUNNING", "STOPPED"]) -> list[Task]:
    pages = aws.ecs.get_paginator("list_tasks").paginate(
        cluster=cluster, serviceName=service, desiredStatus=status
    )
    arns = [arn for page in pages for arn in page["taskArns"]]
    tasks: list[Task] = []
    for start in range(0, len(arns), _DESCRIBED_AT_ONCE):
        batch = arns[start : start + _DESCRIBED_AT_ONCE]
        tasks += map(_task, aws.ecs.describe_tasks(cluster=cluster, tasks=batch)["tasks"])
    return tasks


def _task(seen: TaskTypeDef) -> Task:
    return Task(
        arn=seen["taskArn"],
        task_definition=seen["taskDefinitionArn"],
        last_status=seen["lastStatus"],
        health=seen.get("healthStatus", "UNKNOWN"),
        stopped_reason=seen.get("stoppedReason") or "",
        containers=[_container(container) for container in seen["containers"]],
        zone=seen.get("availabilityZone", ""),
        subnet=_network_detail(seen, "subnetId"),
        created_at=seen.get("createdAt"),
        stopped_at=seen.get("stoppedAt"),
    )


def _network_detail(seen: TaskTypeDef, name: str) -> str:
    """What a task's network interface says under this name; empty for a task without one."""
    details = [detail for one in seen.get("attachments", []) for detail in one.get("details", [])]
    return next((detail["value"] for detail in details if detail.get("name") == name), "")


def _container(seen: ContainerTypeDef) -> Container:
    """A pinned name says more than ECS's digest, which for an image index is one platform's part of it."""
    return Container(
        name=seen["name"],
        image_digest=pinned_digest(seen.get("image") or "") or seen.get("imageDigest"),
        exit_code=seen.get("exitCode"),
        reason=seen.get("reason") or "",
    )
