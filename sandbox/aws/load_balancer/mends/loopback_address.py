"""A load balancer in a loopback network is reached at an address of its own, and is active at once.

moto gives it a name at amazonaws.com that leads nowhere, and says "provisioning" until it is described. The
address is taken from the first of its subnets (.5 and up), which keeps clear of AWS's reserved ones.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

from sandbox.aws.mends.mend import Clients, Mend, Seam

FIRST_HOST = 5
LAST_HOST = 9

_stock_create = ELBv2Backend.create_load_balancer


def _patch() -> None:
    ELBv2Backend.create_load_balancer = _create_load_balancer  # type: ignore[method-assign]


def _create_load_balancer(self: ELBv2Backend, *args: Any, **kwargs: Any) -> FakeLoadBalancer:  # noqa: ANN401
    taken = {balancer.dns_name for balancer in self.load_balancers.values()}
    balancer = _stock_create(self, *args, **kwargs)
    network = min(ipaddress.ip_network(subnet.cidr_block) for subnet in balancer.subnets)
    if network.is_loopback:
        balancer.dns_name = _free_address(network, taken)
        balancer.state = "active"
    return balancer


def _free_address(network: ipaddress.IPv4Network | ipaddress.IPv6Network, taken: set[str]) -> str:
    for host in range(FIRST_HOST, LAST_HOST + 1):
        address = str(network[host])
        if address not in taken:
            return address
    raise ELBClientError(
        "InvalidSubnet",
        f"Not enough IP space available in subnet {network}. ELB requires at least 1 address.",
    )


def _is_needed(clients: Clients) -> bool:
    ec2, elb = clients("ec2"), clients("elbv2")
    vpc = ec2.create_vpc(CidrBlock="127.253.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"127.253.{number}.0/24")["Subnet"]["SubnetId"]
        for number in (2, 1)
    ]
    balancer = elb.create_load_balancer(Name="probe-address", Subnets=subnets)["LoadBalancers"][0]
    elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    return bool(balancer["DNSName"] != "127.253.1.5" or balancer["State"]["Code"] != "active")


MEND = Mend(
    name="load-balancer-address",
    wrong="A load balancer has a name that leads nowhere, and is provisioning until somebody looks.",
    seams=(Seam(ELBv2Backend, "create_load_balancer", "dd53c4e98de0"),),
    patch=_patch,
    is_needed=_is_needed,
)
