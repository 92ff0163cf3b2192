"""Detailed monitoring of an instance can be switched on and off; moto does not know the two calls."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.responses.monitoring import Monitoring

from sandbox.aws.mends.mend import CALL_FAILED, Clients, Mend, Seam
from sandbox.aws.mends.probe_network import make_network, run_instance


def _patch() -> None:
    Monitoring.monitor_instances = _monitor_instances  # type: ignore[assignment, method-assign]
    Monitoring.unmonitor_instances = _unmonitor_instances  # type: ignore[assignment, method-assign]


def _monitor_instances(self: Monitoring) -> ActionResult:
    return _set_monitoring(self, "enabled")


def _unmonitor_instances(self: Monitoring) -> ActionResult:
    return _set_monitoring(self, "disabled")


def _set_monitoring(response: Monitoring, state: str) -> ActionResult:
    instance_ids = response._get_param("InstanceIds", [])
    for instance_id in instance_ids:
        response.ec2_backend.get_instance(instance_id).monitoring_state = state
    monitorings = [{"InstanceId": each, "Monitoring": {"State": state}} for each in instance_ids]
    return ActionResult({"InstanceMonitorings": monitorings})


def _is_needed(clients: Clients) -> bool:
    ec2 = clients("ec2")
    instance = run_instance(clients, SubnetId=make_network(clients).subnet)
    try:
        ec2.monitor_instances(InstanceIds=[instance])
    except CALL_FAILED:
        return True
    reply = ec2.describe_instances(InstanceIds=[instance])
    return bool(reply["Reservations"][0]["Instances"][0]["Monitoring"]["State"] != "enabled")


MEND = Mend(
    name="instance-monitoring",
    wrong="Detailed monitoring of an instance cannot be switched.",
    seams=(
        Seam(Monitoring, "monitor_instances", "2786818c8a65"),
        Seam(Monitoring, "unmonitor_instances", "a8203d828f02"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
