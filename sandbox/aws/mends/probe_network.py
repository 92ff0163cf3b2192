"""A small network and an instance in it, for the probes that need one."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.aws.machine_images import MACHINE_IMAGES
from sandbox.aws.mends.mend import Clients

CIDR = "10.99.0.0/16"
ADDRESS = "10.99.0.10"
IMAGE = next(iter(MACHINE_IMAGES))


@dataclass(frozen=True)
class ProbeNetwork:
    """Ids of a VPC, its one subnet and a security group of its own."""

    vpc: str
    subnet: str
    group: str


def make_network(clients: Clients) -> ProbeNetwork:
    """Create a network that no other probe uses."""
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock=CIDR)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="probe", Description="probe", VpcId=vpc)["GroupId"]
    return ProbeNetwork(vpc, subnet, group)


def run_instance(clients: Clients, **settings: object) -> str:
    """Start one instance and return its id; `settings` are those of EC2's RunInstances."""
    reply = clients("ec2").run_instances(
        ImageId=IMAGE, MinCount=1, MaxCount=1, InstanceType="t3.micro", **settings
    )
    return str(reply["Instances"][0]["InstanceId"])
