"""Systems Manager lists the instances it manages; moto does not know the call.

Every running or stopped instance counts as managed, as if each had the agent and a role for it.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.ssm.responses import SimpleSystemManagerResponse

from sandbox.aws.mends.mend import CALL_FAILED, Clients, Mend, Seam
from sandbox.aws.mends.probe_network import make_network, run_instance

_AGENT_VERSION = "3.3.1957.0"


def _patch() -> None:
    response = SimpleSystemManagerResponse
    response.describe_instance_information = _describe  # type: ignore[attr-defined]


def _describe(self: SimpleSystemManagerResponse) -> ActionResult:
    wanted = _wanted_ids(self)
    listed = [_information(each) for each in _managed(self) if wanted is None or each.id in wanted]
    return ActionResult({"InstanceInformationList": listed})


def _wanted_ids(response: SimpleSystemManagerResponse) -> set[str] | None:
    for each in response._get_param("Filters") or []:
        if each["Key"] == "InstanceIds":
            return set(each["Values"])
    for each in response._get_param("InstanceInformationFilterList") or []:
        if each["key"] == "InstanceIds":
            return set(each["valueSet"])
    return None


def _managed(response: SimpleSystemManagerResponse) -> list[Instance]:
    backend = ec2_backends[response.current_account][response.region]
    return [each for each in backend.all_instances() if each.state in {"running", "stopped"}]


def _information(instance: Instance) -> dict[str, Any]:
    return {
        "InstanceId": instance.id,
        "PingStatus": "Online" if instance.state == "running" else "ConnectionLost",
        "AgentVersion": _AGENT_VERSION,
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
        "IPAddress": instance.private_ip,
        "ComputerName": instance.private_dns_name,
    }


def _is_needed(clients: Clients) -> bool:
    instance = run_instance(clients, SubnetId=make_network(clients).subnet)
    filters = [{"Key": "InstanceIds", "Values": [instance]}]
    try:
        reply = clients("ssm").describe_instance_information(Filters=filters)
    except CALL_FAILED:
        return True
    return [each["InstanceId"] for each in reply["InstanceInformationList"]] != [instance]


MEND = Mend(
    name="managed-instances",
    wrong="Systems Manager does not tell which instances it manages.",
    seams=(Seam(SimpleSystemManagerResponse, "describe_instance_information", None),),
    patch=_patch,
    is_needed=_is_needed,
)
