"""What a database's machine could become is asked of AWS: types, architectures, addresses, archives."""

from __future__ import annotations

import pytest

from models.errors import Refused, SetUpError
from models.names import DatabaseName
from systems.aws.artifacts import archives_of, missing_archives
from systems.aws.instances import (
    Instance,
    require_free_address,
    require_instance_type,
    running_instance,
)
from systems.aws.session import Aws

LEDGER = DatabaseName.LEDGER


@pytest.fixture
def instance(aws: Aws) -> Instance:
    """A running database's instance, in a small subnet."""
    vpc = aws.ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
    subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.10.64.0/28")["Subnet"]["SubnetId"]
    image = aws.ec2.register_image(Name="neo4j", Architecture="x86_64", RootDeviceName="/dev/xvda")
    tags = {"credex:role": "neo4j", "credex:environment": "testing", "credex:database": "ledger"}
    aws.ec2.run_instances(
        ImageId=image["ImageId"],
        InstanceType="t3.medium",
        SubnetId=subnet,
        PrivateIpAddress="10.10.64.10",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}
        ],
    )
    return running_instance(aws, "testing", LEDGER)


def test_the_running_instance_is_found_by_its_tags(aws: Aws, instance: Instance) -> None:
    """The one that runs; one of another database, or none, is an error that says so."""
    assert (instance.address, instance.architecture) == ("10.10.64.10", "x86_64")
    with pytest.raises(SetUpError, match="0 instances of testing run as the search database"):
        running_instance(aws, "testing", DatabaseName.SEARCH)
    aws.ec2.terminate_instances(InstanceIds=[instance.id])
    with pytest.raises(SetUpError, match="0 instances"):
        running_instance(aws, "testing", LEDGER)


def test_an_instance_type_must_be_there_and_run_the_machine_image(aws: Aws) -> None:
    """An ARM type cannot start an x86 image: EC2 would say so only after the old machine is gone."""
    require_instance_type(aws, "r6i.large", "x86_64")
    with pytest.raises(Refused, match=r"r6g\.large is arm64, the database's machine image x86_64"):
        require_instance_type(aws, "r6g.large", "x86_64")
    with pytest.raises(Refused, match=r"no instance type x9z\.huge in af-south-1"):
        require_instance_type(aws, "x9z.huge", "x86_64")  # type: ignore[arg-type] # as people mistype it


@pytest.mark.parametrize("address", ["10.10.64.0", "10.10.64.3", "10.10.64.15", "10.10.64.16", "10.10.63.10"])
def test_an_address_that_the_subnet_does_not_give_is_refused(
    aws: Aws, instance: Instance, address: str
) -> None:
    """AWS keeps the first four and the last one of each subnet for itself."""
    with pytest.raises(Refused, match=r"from 10\.10\.64\.4 to 10\.10\.64\.14"):
        require_free_address(aws, address, instance)


def test_an_address_must_be_free(aws: Aws, instance: Instance) -> None:
    """Another machine of the subnet may have it."""
    require_free_address(aws, "10.10.64.11", instance)
    aws.ec2.create_network_interface(SubnetId=instance.subnet_id, PrivateIpAddress="10.10.64.11")
    with pytest.raises(Refused, match="is taken"):
        require_free_address(aws, "10.10.64.11", instance)


def test_archives_that_are_not_there_are_named(aws: Aws) -> None:
    """Both the archive and its checksum are needed; a bucket that is not there has neither."""
    assert missing_archives(aws, "s3://artifacts/neo4j", "2026.08.1") == archives_of("2026.08.1")
    aws.s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    archive, checksum = archives_of("2026.08.1")
    aws.s3.put_object(Bucket="artifacts", Key=f"neo4j/{archive}", Body=b"")
    assert missing_archives(aws, "s3://artifacts/neo4j", "2026.08.1") == [checksum]
    aws.s3.put_object(Bucket="artifacts", Key=f"neo4j/{checksum}", Body=b"")
    assert missing_archives(aws, "s3://artifacts/neo4j", "2026.08.1") == []
