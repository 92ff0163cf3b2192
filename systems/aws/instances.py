"""What EC2 says of a database's instance, and of what it could become. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict

from models.errors import Refused, SetUpError
from models.names import DatabaseName, EnvironmentName, Slot
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_ec2.literals import InstanceTypeType
    from mypy_boto3_ec2.type_defs import FilterTypeDef, TagTypeDef

SLOT_TAG = "credex:slot"

_RESERVED_AT_START = 4
"""The network's own address, its router, its DNS, one that AWS keeps for later; the last one is kept too."""


class Instance(BaseModel):
    """A database's instance as it runs."""

    model_config = ConfigDict(frozen=True)

    id: str
    architecture: str
    address: str
    subnet_id: str


def slot_of_tags(tags: Sequence[TagTypeDef]) -> Slot | None:
    """The slot that something's tags say it is in; without one it is blue, as before any migration."""
    value = next((tag["Value"] for tag in tags if tag["Key"] == SLOT_TAG), Slot.BLUE.value)
    return Slot(value) if value in set(Slot) else None


@aws_errors()
def running_instance(
    aws: Aws, environment: EnvironmentName, database: DatabaseName, slot: Slot = Slot.BLUE
) -> Instance:
    """The running instance of a slot's database. Raises SetUpError for none or two."""
    filters: list[FilterTypeDef] = [
        {"Name": "tag:credex:role", "Values": ["neo4j"]},
        {"Name": "tag:credex:environment", "Values": [environment]},
        {"Name": "tag:credex:database", "Values": [database]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    found = [
        instance
        for reservation in aws.ec2.describe_instances(Filters=filters)["Reservations"]
        for instance in reservation["Instances"]
        if slot_of_tags(instance.get("Tags", [])) is slot
    ]
    if len(found) != 1:
        raise SetUpError(
            f"{len(found)} instances of {environment} run as the {database} database in the {slot} slot; "
            "there should be one.",
            next_step="Look at the instances with the tag credex:database, and deploy again what is missing.",
        )
    one = found[0]
    return Instance(
        id=one["InstanceId"],
        architecture=one.get("Architecture", "x86_64"),
        address=one["PrivateIpAddress"],
        subnet_id=one["SubnetId"],
    )


@aws_errors()
def require_instance_type(aws: Aws, instance_type: InstanceTypeType, architecture: str) -> None:
    """Refuse an instance type that the region lacks, or on which the machine image does not run.

    Raises Refused.
    """
    try:
        found = aws.ec2.describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"]
    except ClientError as error:
        if error_code(error) != "InvalidInstanceType":
            raise
        found = []
    if not found:
        raise Refused(
            f"There is no instance type {instance_type} in {aws.region}.",
            next_step="Choose one that the region offers: aws ec2 describe-instance-type-offerings.",
        )
    supported = found[0]["ProcessorInfo"]["SupportedArchitectures"]
    if architecture not in supported:
        raise Refused(
            f"{instance_type} is {' or '.join(supported)}, the database's machine image {architecture}.",
            next_step=f"Choose an instance type of the architecture {architecture}.",
        )


@aws_errors()
def require_free_address(aws: Aws, address: str, instance: Instance) -> None:
    """Refuse an address that the instance's subnet cannot give, or that something else has.

    Raises Refused.
    """
    subnet = aws.ec2.describe_subnets(SubnetIds=[instance.subnet_id])["Subnets"][0]
    network, wanted = IPv4Network(subnet["CidrBlock"]), IPv4Address(address)
    last_usable = network.num_addresses - 2
    if wanted not in network or not (
        _RESERVED_AT_START <= int(wanted) - int(network.network_address) <= last_usable
    ):
        raise Refused(
            f"{address} is no address for a machine in the database's subnet {network}.",
            next_step=f"Choose one from {network[_RESERVED_AT_START]} to {network[last_usable]}.",
        )
    taken = aws.ec2.describe_network_interfaces(
        Filters=[
            {"Name": "subnet-id", "Values": [instance.subnet_id]},
            {"Name": "addresses.private-ip-address", "Values": [address]},
        ]
    )["NetworkInterfaces"]
    if taken:
        raise Refused(f"{address} is taken in the subnet {network}.", next_step="Choose another address.")
