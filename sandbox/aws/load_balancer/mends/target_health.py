"""A target's health is what its health checks found; moto says that every target is healthy.

A target that no load balancer has met yet is being registered. One that is deregistered stays in the answer
as draining until its last request has ended; moto forgets it at once.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from sandbox.aws.load_balancer.target_health import BOOK, DRAINING, REGISTERING, TargetHealth
from sandbox.aws.mends.mend import Clients, Mend, Seam

_stock_health_for = FakeTargetGroup.health_for
_stock_describe = ELBv2Backend.describe_target_health


def _patch() -> None:
    FakeTargetGroup.health_for = _health_for  # type: ignore[method-assign]
    ELBv2Backend.describe_target_health = _describe_target_health  # type: ignore[method-assign]


def _health_for(self: FakeTargetGroup, target: dict[str, Any], ec2_backend: EC2Backend) -> FakeHealthStatus:
    known = BOOK.look_up(self.arn, target["Id"])
    registered = self.targets.get(target["Id"])
    if registered is not None:
        return _status(registered["Id"], registered["Port"], known or REGISTERING)
    if known is DRAINING:
        return _status(target["Id"], target.get("Port", self.port), known)
    return _stock_health_for(self, target, ec2_backend)


def _status(address: str, port: str, health: TargetHealth) -> FakeHealthStatus:
    return FakeHealthStatus(address, port, str(port), health.state.value, health.reason, health.description)


def _describe_target_health(
    self: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[FakeHealthStatus]:
    described = _stock_describe(self, target_group_arn, targets)
    if targets:
        return described
    group = self.target_groups[target_group_arn]
    draining = [key for key in BOOK.draining(target_group_arn) if key.address not in group.targets]
    return described + [_status(key.address, str(key.port), DRAINING) for key in draining]


def _is_needed(clients: Clients) -> bool:
    elb = clients("elbv2")
    vpc = clients("ec2").create_vpc(CidrBlock="127.253.0.0/16")["Vpc"]["VpcId"]
    group = elb.create_target_group(
        Name="probe-health", Protocol="HTTP", Port=5000, VpcId=vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "127.253.0.9", "Port": 5000}])
    described = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    elb.delete_target_group(TargetGroupArn=group)
    return bool(described[0]["TargetHealth"]["State"] == "healthy")


MEND = Mend(
    name="target-health",
    wrong="Every target is healthy, whatever listens there, and a deregistered one is gone at once.",
    seams=(
        Seam(FakeTargetGroup, "health_for", "c402d5860653"),
        Seam(ELBv2Backend, "describe_target_health", "0ad28abaefa3"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
