"""Reads load balancers: how targets fare, and which listener sends how much to which target group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import Refused
from models.traffic import Listener, Target
from systems.aws.errors import aws_errors
from systems.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ListenerTypeDef, TargetHealthDescriptionTypeDef


@aws_errors()
def target_health(aws: Aws, target_group_arn: str) -> list[Target]:
    """The targets of a target group with their state. Raises Refused when there is no such group."""
    try:
        found = aws.elbv2.describe_target_health(TargetGroupArn=target_group_arn)
    except aws.elbv2.exceptions.TargetGroupNotFoundException as error:
        raise Refused(
            f"There is no target group {target_group_arn}.",
            next_step="Run the verification scenario; if it is gone, plan with Terraform what is missing.",
        ) from error
    return [_target(one) for one in found["TargetHealthDescriptions"]]


@aws_errors()
def listeners_of(aws: Aws, target_group_arn: str) -> list[Listener]:
    """The listeners whose default action sends requests to this target group, weight 0 included.

    Raises Refused when there is no such group.
    """
    try:
        groups = aws.elbv2.describe_target_groups(TargetGroupArns=[target_group_arn])["TargetGroups"]
    except aws.elbv2.exceptions.TargetGroupNotFoundException as error:
        raise Refused(
            f"There is no target group {target_group_arn}.",
            next_step="Check the name, or plan with Terraform what is missing.",
        ) from error
    balancers = [arn for group in groups for arn in group["LoadBalancerArns"]]
    pages = [
        page
        for balancer in balancers
        for page in aws.elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=balancer)
    ]
    listeners = [_listener(one) for page in pages for one in page["Listeners"]]
    return [listener for listener in listeners if target_group_arn in listener.weights]


def _target(seen: TargetHealthDescriptionTypeDef) -> Target:
    health = seen["TargetHealth"]
    return Target(
        address=seen["Target"]["Id"],
        port=seen["Target"].get("Port", 0),
        state=health.get("State", "unknown"),
        reason=health.get("Description") or health.get("Reason", ""),
    )


def _listener(seen: ListenerTypeDef) -> Listener:
    weights: dict[str, int] = {}
    for action in seen.get("DefaultActions", []):
        groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
        weights |= {group["TargetGroupArn"]: group.get("Weight", 1) for group in groups}
        if not groups and "TargetGroupArn" in action:
            weights[action["TargetGroupArn"]] = 1
    return Listener(
        arn=seen["ListenerArn"], port=seen.get("Port", 0), protocol=seen.get("Protocol", ""), weights=weights
    )
