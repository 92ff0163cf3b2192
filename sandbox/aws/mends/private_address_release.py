"""A terminated instance gives its private address back at once.

Moto does so only when Python forgets the instance, so an instance that is replaced with the same fixed
address is refused.
"""

from __future__ import annotations

from moto.ec2.models.instances import Instance, InstanceState
from moto.ec2.models.subnets import Subnet

from sandbox.aws.mends.mend import CALL_FAILED, Clients, Mend, Seam
from sandbox.aws.mends.probe_network import ADDRESS, make_network, run_instance

_stock_terminate = Instance.terminate


def _patch() -> None:
    Instance.terminate = _terminate  # type: ignore[method-assign]


def _terminate(self: Instance) -> InstanceState:
    previous = _stock_terminate(self)
    for interface in list(self.nics.values()):
        self.ec2_backend.enis.pop(interface.id, None)
    if self.subnet_id:
        subnet: Subnet = self.ec2_backend.get_subnet(self.subnet_id)
        for address in self._private_ips:
            subnet.del_subnet_ip(address)
        self._private_ips.clear()
    return previous


def _is_needed(clients: Clients) -> bool:
    network = make_network(clients)
    first = run_instance(clients, SubnetId=network.subnet, PrivateIpAddress=ADDRESS)
    clients("ec2").terminate_instances(InstanceIds=[first])
    try:
        run_instance(clients, SubnetId=network.subnet, PrivateIpAddress=ADDRESS)
    except CALL_FAILED:
        return True
    return False


MEND = Mend(
    name="private-address-release",
    wrong="The private address of a terminated instance stays taken.",
    seams=(Seam(Instance, "terminate", "b5e4ee68c414"), Seam(Subnet, "del_subnet_ip", "afd0493efa10")),
    patch=_patch,
    is_needed=_is_needed,
)
