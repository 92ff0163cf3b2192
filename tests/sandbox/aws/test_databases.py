"""Instances that are databases run a real Neo4j, whose data is where their volume is."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neo4j
import psutil
import pytest
from neo4j.exceptions import AuthError, ClientError, DriverError, Neo4jError

from sandbox.aws.databases import DatabasesReconciler
from sandbox.aws.hosts import Hosts
from sandbox.aws.machine_images import MACHINE_IMAGES
from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.mends.mend import Clients
from sandbox.aws.reconcile import Reconciler
from sandbox.aws.run_command import CommandRunner
from sandbox.aws.server import LocalAws
from sandbox.aws.volumes import VolumesReconciler
from tests.sandbox.aws.conftest import clients_of
from tests.sandbox.aws.waiting import until

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(600)]

VERSION = "5.26.30"
PASSWORD = "first-password"
ZONE = "af-south-1a"
START_SECONDS = 120.0


@dataclass(frozen=True)
class Cloud:
    """A local AWS with one subnet for databases."""

    aws: Clients
    subnet: str

    def volume(self, snapshot: str | None = None) -> str:
        """Make a data volume, empty or from a snapshot, and wait until it is there."""
        source = {"SnapshotId": snapshot} if snapshot else {"Size": 1}
        volume = str(self.aws("ec2").create_volume(AvailabilityZone=ZONE, **source)["VolumeId"])
        waiter = self.aws("ec2").get_waiter("volume_available")
        waiter.wait(VolumeIds=[volume], WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        return volume

    def instance(self, address: str, volume: str) -> str:
        """Start a database on a volume."""
        tags = {
            "credex:role": "neo4j",
            "credex:neo4j-version": VERSION,
            "credex:password-parameter": "/credex/test/PASS",
        }
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        reply = self.aws("ec2").run_instances(
            ImageId=next(iter(MACHINE_IMAGES)),
            MinCount=1,
            MaxCount=1,
            SubnetId=self.subnet,
            PrivateIpAddress=address,
            TagSpecifications=[{"ResourceType": "instance", "Tags": listed}],
        )
        instance = str(reply["Instances"][0]["InstanceId"])
        self.aws("ec2").attach_volume(InstanceId=instance, VolumeId=volume, Device="/dev/sdf")
        return instance

    def run(self, instance: str, *commands: str) -> dict[str, Any]:
        """Run a command on an instance and return how it ended."""
        ssm = self.aws("ssm")
        command = ssm.send_command(
            DocumentName="AWS-RunShellScript", InstanceIds=[instance], Parameters={"commands": commands}
        )["Command"]["CommandId"]

        def answer() -> dict[str, Any]:
            found = ssm.get_command_invocation(CommandId=command, InstanceId=instance)
            assert isinstance(found, dict)
            return found

        until(
            lambda: answer()["Status"] not in {"Pending", "InProgress"},
            what=f"{commands}",
            seconds=START_SECONDS,
        )
        return answer()


def ask(address: str, query: str, password: str = PASSWORD) -> list[Any]:
    with neo4j.GraphDatabase.driver(
        f"bolt://{address}:7687", auth=("neo4j", password), connection_acquisition_timeout=5
    ) as driver:
        return [record[0] for record in driver.execute_query(query).records]


def answers(address: str) -> bool:
    try:
        return ask(address, "RETURN 1") == [1]
    except (DriverError, Neo4jError, OSError):
        return False


def wait_for_database(address: str) -> None:
    until(lambda: answers(address), what=f"Neo4j on {address}", seconds=START_SECONDS)


def neo4j_processes(state: Path) -> list[psutil.Process]:
    return [
        each
        for each in psutil.process_iter(["cmdline"])
        if str(state) in " ".join(each.info["cmdline"] or ())
    ]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def cloud(state: Path) -> Iterator[Cloud]:
    def variables() -> dict[str, str]:
        return server.environment()

    hosts = Hosts(state)
    parts: list[Reconciler] = [
        DatabasesReconciler(hosts),
        VolumesReconciler(state),
        CommandRunner(hosts, variables),
    ]
    server = LocalAws(0, mends=MENDS, reconcilers=parts)
    server.start()
    aws = clients_of(server.url)
    vpc = aws("ec2").create_vpc(CidrBlock="127.77.0.0/16")["Vpc"]["VpcId"]
    subnet = aws("ec2").create_subnet(VpcId=vpc, CidrBlock="127.77.64.0/24", AvailabilityZone=ZONE)
    aws("ssm").put_parameter(Name="/credex/test/PASS", Value=PASSWORD, Type="SecureString")
    yield Cloud(aws, subnet["Subnet"]["SubnetId"])
    server.stop()
    assert neo4j_processes(state) == []


@pytest.mark.exhaustive
def test_a_replaced_instance_finds_the_data_on_the_volume_that_was_kept(cloud: Cloud) -> None:
    """And a volume made from a snapshot holds them too, while an empty one has none."""
    ec2 = cloud.aws("ec2")
    first, second, third = "127.77.64.10", "127.77.64.11", "127.77.64.12"
    volume = cloud.volume()
    instance = cloud.instance(first, volume)
    wait_for_database(first)
    ask(first, "CREATE (:Member {name: 'kept'})")
    with pytest.raises(AuthError):
        ask(first, "RETURN 1", password="another-password")

    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.get_waiter("snapshot_completed").wait(
        SnapshotIds=[snapshot], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    copy, empty = cloud.volume(snapshot), cloud.volume()

    ec2.terminate_instances(InstanceIds=[instance])
    cloud.instance(first, volume)
    cloud.instance(second, copy)
    cloud.instance(third, empty)
    for address in (first, second, third):
        wait_for_database(address)
    query = "MATCH (m:Member) RETURN m.name"
    assert [ask(address, query) for address in (first, second, third)] == [["kept"], ["kept"], []]


@pytest.mark.exhaustive
def test_the_database_follows_its_instance_and_comes_back_after_a_crash(cloud: Cloud, state: Path) -> None:
    ec2, address = cloud.aws("ec2"), "127.77.64.20"
    instance = cloud.instance(address, cloud.volume())
    wait_for_database(address)

    [process] = neo4j_processes(state / "instances" / instance)
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: not process.is_running(), what="the crash")
    wait_for_database(address)

    ec2.stop_instances(InstanceIds=[instance])
    until(lambda: not answers(address), what="the database stops with its instance")
    ec2.start_instances(InstanceIds=[instance])
    wait_for_database(address)


@pytest.mark.exhaustive
def test_a_command_can_stop_dump_and_start_the_database(cloud: Cloud, tmp_path: Path) -> None:
    address = "127.77.64.30"
    instance = cloud.instance(address, cloud.volume())
    wait_for_database(address)
    ended = cloud.run(
        instance,
        "set -e",
        "systemctl is-active neo4j",
        "systemctl stop neo4j",
        f"neo4j-admin database dump neo4j --to-path={tmp_path}",
        "systemctl start neo4j.service",
        '"$NEO4J_HOME/bin/neo4j" --version',
        'test -d "$NEO4J_DATA/data/databases"',
    )
    assert ended["Status"] == "Success", ended["StandardOutputContent"] + ended["StandardErrorContent"]
    output = ended["StandardOutputContent"].splitlines()
    assert (output[0], output[-1]) == ("active", VERSION)
    assert (tmp_path / "neo4j.dump").stat().st_size > 0
    wait_for_database(address)


@pytest.mark.exhaustive
def test_settings_of_the_machine_hold_from_the_next_start_on(cloud: Cloud) -> None:
    """As the fence of a migration needs it."""
    address = "127.77.64.40"
    instance = cloud.instance(address, cloud.volume())
    wait_for_database(address)
    ended = cloud.run(
        instance,
        'echo "server.databases.default_to_read_only=true" >>"$NEO4J_SETTINGS"',
        "systemctl restart neo4j",
    )
    assert ended["Status"] == "Success", ended["StandardOutputContent"] + ended["StandardErrorContent"]
    wait_for_database(address)
    with pytest.raises(ClientError, match="read-only"):
        ask(address, "CREATE (:Member)")


@pytest.mark.exhaustive
def test_a_missing_password_parameter_is_shown_and_waited_for(cloud: Cloud) -> None:
    address = "127.77.64.50"
    value = cloud.aws("ssm").get_parameter(Name="/credex/test/PASS", WithDecryption=True)
    cloud.aws("ssm").delete_parameter(Name="/credex/test/PASS")
    try:
        cloud.instance(address, cloud.volume())
    finally:
        cloud.aws("ssm").put_parameter(
            Name="/credex/test/PASS", Value=value["Parameter"]["Value"], Type="SecureString"
        )
    wait_for_database(address)
