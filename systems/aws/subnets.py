"""Reads the subnets of an ECS service: where its tasks are, and how many more there can be."""

from __future__ import annotations

from collections import Counter

from models.scaling import Room, Subnet
from systems.aws.ecs import describe_service, running_tasks
from systems.aws.errors import aws_errors
from systems.aws.session import Aws


@aws_errors()
def read_room(aws: Aws, cluster: str, service: str) -> Room:
    """The subnets that the service starts its tasks in.

    Raises Refused when the cluster or the service is not there.
    """
    seen = describe_service(aws, cluster, service)
    ids = seen["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    found = aws.ec2.describe_subnets(SubnetIds=ids)["Subnets"]
    there = Counter(task.subnet for task in running_tasks(aws, cluster, service))
    return Room(
        subnets=[
            Subnet(
                id=subnet["SubnetId"],
                zone=subnet["AvailabilityZone"],
                free=subnet["AvailableIpAddressCount"],
                tasks=there[subnet["SubnetId"]],
            )
            for subnet in found
        ],
        maximum_percent=seen.get("deploymentConfiguration", {}).get("maximumPercent", 200),
    )
