"""Every correction of moto's load balancers is needed by the moto installed, and corrects it."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.load_balancer.mends import MENDS
from sandbox.aws.mends.mend import Clients, Mend
from tests.sandbox.aws.conftest import stock  # noqa: F401 - a fixture

pytestmark = pytest.mark.sandbox

BY_NAME = pytest.mark.parametrize("mend", MENDS, ids=[mend.name for mend in MENDS])


@BY_NAME
def test_stock_moto_needs_the_mend(stock: Clients, mend: Mend) -> None:  # noqa: F811
    """A mend that moto no longer needs is to be deleted."""
    assert mend.is_needed(stock), f"moto is right by itself now: delete the mend {mend.name}"


@BY_NAME
def test_the_mend_corrects_moto(mended: Clients, mend: Mend) -> None:
    """The same question to the mended server is answered as AWS would."""
    assert not mend.is_needed(mended)


def test_each_load_balancer_of_a_network_has_its_own_address(mended: Clients) -> None:
    """Five fit; the sixth is refused."""
    ec2, elb = mended("ec2"), mended("elbv2")
    vpc = ec2.create_vpc(CidrBlock="127.252.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="127.252.7.0/24")["Subnet"]["SubnetId"]
    names = [
        elb.create_load_balancer(Name=f"lb{number}", Subnets=[subnet])["LoadBalancers"][0]["DNSName"]
        for number in range(5)
    ]
    assert names == [f"127.252.7.{host}" for host in (5, 6, 7, 8, 9)]
    with pytest.raises(ClientError, match="IP space"):
        elb.create_load_balancer(Name="lb5", Subnets=[subnet])
