"""What systemd-run starts on a machine outlives the command that started it, and ends when it is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.hosts import Hosts
from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.mends.mend import Clients
from sandbox.aws.mends.probe_network import make_network, run_instance
from sandbox.aws.run_command import CommandRunner
from sandbox.aws.server import LocalAws
from sandbox.aws.units import MachinesReconciler
from tests.sandbox.aws.conftest import clients_of
from tests.sandbox.aws.test_run_command import result, shell


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    hosts = Hosts(tmp_path_factory.mktemp("state"))

    def variables() -> dict[str, str]:
        return server.environment()

    server = LocalAws(
        0, mends=MENDS, reconcilers=[MachinesReconciler(hosts), CommandRunner(hosts, variables)]
    )
    server.start()
    yield clients_of(server.url)
    server.stop()


@pytest.fixture(scope="module")
def instance(aws: Clients) -> str:
    return run_instance(aws, SubnetId=make_network(aws).subnet)


def run(aws: Clients, instance: str, *commands: str) -> dict[str, Any]:
    return result(aws, shell(aws, instance, *commands), instance)


def test_a_unit_runs_until_it_is_stopped(aws: Clients, instance: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    start = f"systemd-run --collect --unit=one --setenv=WORD='a b' --property=StandardOutput=append:{log}"
    started = run(aws, instance, f"{start} bash -c 'echo \"$WORD\"; exec sleep 300'")
    assert started["Status"] == "Success", started["StandardErrorContent"]
    assert run(aws, instance, "systemctl is-active one.service")["StandardOutputContent"] == "active\n"
    assert log.read_text() == "a b\n"
    again = run(aws, instance, f"{start} true")
    assert "was already loaded" in again["StandardErrorContent"]
    assert run(aws, instance, "systemctl stop one")["Status"] == "Success"
    ended = run(aws, instance, "systemctl is-active --quiet one")
    assert (ended["ResponseCode"], ended["StandardOutputContent"]) == (4, "")


def test_a_unit_that_ends_by_itself_is_forgotten(aws: Clients, instance: str) -> None:
    run(aws, instance, "systemd-run --collect --unit=two false")
    waited = run(aws, instance, "while systemctl is-active two; do sleep 0.1; done", "systemctl stop two")
    assert waited["ResponseCode"] == 5
    assert "not loaded" in waited["StandardErrorContent"]


def test_an_attached_volume_can_be_mounted_once(aws: Clients, instance: str, tmp_path: Path) -> None:
    ec2 = aws("ec2")
    zone = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["Placement"]
    volume = ec2.create_volume(AvailabilityZone=zone["AvailabilityZone"], Size=1)["VolumeId"]
    device = f'"$NEO4J_DEVICES/nvme-Amazon_Elastic_Block_Store_{volume.replace("-", "")}"'
    assert run(aws, instance, f"mount -o nouuid {device} {tmp_path}")["ResponseCode"] == 32
    ec2.attach_volume(InstanceId=instance, VolumeId=volume, Device="/dev/sdg")
    point = tmp_path / "point"
    point.mkdir()
    mount = f"mount -t xfs -o nouuid {device} {point}"
    there = run(aws, instance, f"until [ -e {device} ]; do sleep 0.1; done", mount, f"touch {point}/file")
    assert there["Status"] == "Success", there["StandardErrorContent"]
    assert run(aws, instance, mount)["ResponseCode"] == 32
    assert run(aws, instance, f"mountpoint --quiet {point} && umount {point}")["Status"] == "Success"
    assert list(point.iterdir()) == []
    assert run(aws, instance, f"umount {point}")["ResponseCode"] == 32
