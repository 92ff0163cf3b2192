"""An instance's security groups are those of its primary network interface.

Moto keeps the two apart: groups given with a network interface are missing from the instance (Terraform then
sees a difference for ever), and groups changed later are added to the interface's instead of replacing them.
"""

from __future__ import annotations

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.security_groups import SecurityGroup

from sandbox.aws.mends.mend import Clients, Mend, Seam
from sandbox.aws.mends.probe_network import make_network, run_instance


def _patch() -> None:
    Instance.security_groups = property(_groups, _set_groups)  # type: ignore[assignment]


def _groups(instance: Instance) -> list[SecurityGroup]:
    primary = _primary_interface(instance)
    own: list[SecurityGroup] = instance.__dict__.get("own_security_groups", [])
    return own if primary is None else list(primary._group_set)


def _set_groups(instance: Instance, groups: list[SecurityGroup]) -> None:
    instance.__dict__["own_security_groups"] = groups
    primary = _primary_interface(instance)
    if primary is not None:
        primary._group_set = list(groups)


def _primary_interface(instance: Instance) -> NetworkInterface | None:
    """None while the instance is being built, and after its termination."""
    interfaces: dict[int, NetworkInterface] = instance.__dict__.get("nics", {})
    return interfaces.get(0)


def _is_needed(clients: Clients) -> bool:
    network = make_network(clients)
    interface = {"DeviceIndex": 0, "SubnetId": network.subnet, "Groups": [network.group]}
    instance = run_instance(clients, NetworkInterfaces=[interface])
    reply = clients("ec2").describe_instances(InstanceIds=[instance])
    groups = reply["Reservations"][0]["Instances"][0]["SecurityGroups"]
    return [group["GroupId"] for group in groups] != [network.group]


MEND = Mend(
    name="instance-security-groups",
    wrong="An instance does not show the security groups of its network interface.",
    seams=(
        Seam(Instance, "__init__", "4b6a3d3c0bf6"),
        Seam(Instance, "prep_nics", "c2288c1e5e70"),
        Seam(InstanceBackend, "modify_instance_security_groups", "1581d16948b7"),
        Seam(NetworkInterface, "group_set", "6a603bb54df8"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
