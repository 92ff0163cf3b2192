"""EBS snapshots and the volumes made from them carry the data of the folder behind the volume."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.mends.mend import Clients
from sandbox.aws.server import LocalAws
from sandbox.aws.volumes import VolumesReconciler
from tests.sandbox.aws.conftest import clients_of
from tests.sandbox.aws.waiting import until

ZONE = "af-south-1a"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def aws(state: Path) -> Iterator[Clients]:
    server = LocalAws(0, mends=MENDS, reconcilers=[VolumesReconciler(state)])
    server.start()
    yield clients_of(server.url)
    server.stop()


def test_a_snapshot_keeps_the_data_of_its_moment_and_gives_it_to_new_volumes(
    aws: Clients, state: Path
) -> None:
    ec2 = aws("ec2")
    volume = ec2.create_volume(AvailabilityZone=ZONE, Size=1)["VolumeId"]
    file = state / "ebs" / volume / "data" / "store"
    file.parent.mkdir(parents=True)
    file.write_text("before")
    snapshot = ec2.create_snapshot(VolumeId=volume)
    assert snapshot["State"] == "pending"
    ec2.get_waiter("snapshot_completed").wait(
        SnapshotIds=[snapshot["SnapshotId"]], WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    file.write_text("after")
    restored = ec2.create_volume(AvailabilityZone=ZONE, SnapshotId=snapshot["SnapshotId"])
    assert restored["State"] == "creating"
    ec2.get_waiter("volume_available").wait(
        VolumeIds=[restored["VolumeId"]], WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    assert (state / "ebs" / restored["VolumeId"] / "data" / "store").read_text() == "before"
    assert file.read_text() == "after"


def test_what_is_deleted_leaves_no_folder(aws: Clients, state: Path) -> None:
    ec2 = aws("ec2")
    volume = ec2.create_volume(AvailabilityZone=ZONE, Size=1)["VolumeId"]
    folder = state / "ebs" / volume
    folder.mkdir(parents=True)
    (folder / "store").write_text("data")
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    copy = state / "snapshots" / snapshot
    until((copy / "store").exists, what="the snapshot's copy")
    ec2.get_waiter("snapshot_completed").wait(
        SnapshotIds=[snapshot], WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    ec2.delete_volume(VolumeId=volume)
    until(lambda: not folder.exists(), what="the volume's folder is gone")
    assert (copy / "store").read_text() == "data"
    ec2.delete_snapshot(SnapshotId=snapshot)
    until(lambda: not copy.exists(), what="the snapshot's folder is gone")
