"""Snapshots, and volumes made of them: made, found again, and waited for where EC2's answers lag behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.stub import Stubber

from models.errors import SetUpError
from systems.aws.session import Aws
from systems.aws.volume_copies import attach_volume, delete_volume, detach_volume, volume_from_snapshot
from systems.aws.volumes import snapshot_volume
from systems.waiting import Pace
from tests.systems.ticking import Clock

INSTANCE, VOLUME, SNAPSHOT = "i-0123456789abcdef0", "vol-0123456789abcdef0", "snap-0123456789abcdef0"
TAGS = {"credex:environment": "testing"}


@dataclass(frozen=True)
class Made:
    """Something that is made: how, what EC2 answers until it is there, how it shows it and does not yet."""

    make: Callable[[Aws, Pace], str]
    answers: list[tuple[str, dict[str, Any]]]
    shown: tuple[str, dict[str, Any]]
    unknown: str
    id: str


A_SNAPSHOT = Made(
    make=lambda aws, pace: snapshot_volume(aws, VOLUME, TAGS, print, pace=pace).snapshot_id,
    answers=[("describe_snapshots", {"Snapshots": []}), ("create_snapshot", {"SnapshotId": SNAPSHOT})],
    shown=(
        "describe_snapshots",
        {
            "Snapshots": [
                {"SnapshotId": SNAPSHOT, "VolumeId": VOLUME, "VolumeSize": 10, "State": "completed"},
            ]
        },
    ),
    unknown="InvalidSnapshot.NotFound",
    id=SNAPSHOT,
)
PLACED = {"InstanceId": INSTANCE, "Placement": {"AvailabilityZone": "af-south-1a"}}
A_COPY = Made(
    make=lambda aws, pace: volume_from_snapshot(aws, SNAPSHOT, INSTANCE, TAGS, print, pace=pace),
    answers=[
        ("describe_volumes", {"Volumes": []}),
        ("describe_instances", {"Reservations": [{"Instances": [PLACED]}]}),
        ("create_volume", {"VolumeId": VOLUME}),
    ],
    shown=("describe_volumes", {"Volumes": [{"VolumeId": VOLUME, "State": "available"}]}),
    unknown="InvalidVolume.NotFound",
    id=VOLUME,
)

each_kind = pytest.mark.parametrize("made", [A_SNAPSHOT, A_COPY], ids=["snapshot", "copy"])


@pytest.fixture
def wire(aws: Aws, made: Made) -> Iterator[Stubber]:
    """EC2, which makes it and then answers as a test says."""
    with Stubber(aws.ec2) as wire:
        for operation, answer in made.answers:
            wire.add_response(operation, answer)
        yield wire
        wire.assert_no_pending_responses()


@each_kind
def test_what_ec2_does_not_know_yet_is_waited_for(aws: Aws, wire: Stubber, made: Made) -> None:
    """It has just made it: a change that has fenced a database would be given up for that."""
    operation, shown = made.shown
    for _ in range(3):
        wire.add_client_error(operation, made.unknown)
    wire.add_response(operation, shown)
    clock = Clock()
    assert made.make(aws, clock.pace(900)) == made.id
    assert clock.now == 6


@each_kind
def test_what_ec2_does_not_know_after_a_minute_is_gone(aws: Aws, wire: Stubber, made: Made) -> None:
    for _ in range(31):
        wire.add_client_error(made.shown[0], made.unknown)
    clock = Clock()
    with pytest.raises(SetUpError, match=made.unknown):
        made.make(aws, clock.pace(900))
    assert clock.now == 60


@each_kind
def test_another_fault_is_not_waited_for(aws: Aws, wire: Stubber, made: Made) -> None:
    wire.add_client_error(made.shown[0], "UnauthorizedOperation")
    clock = Clock()
    with pytest.raises(SetUpError, match="denies"):
        made.make(aws, clock.pace(900))
    assert clock.now == 0


def test_a_copy_that_is_being_deleted_is_not_taken_for_this_one(aws: Aws) -> None:
    """EC2 shows one for a while after its end, with its tags: a step that is tried again makes another."""
    its_own = [
        {"Name": "snapshot-id", "Values": [SNAPSHOT]},
        {"Name": "status", "Values": ["creating", "available", "in-use"]},
        {"Name": "tag:credex:environment", "Values": ["testing"]},
        {"Name": "tag:credex:role", "Values": ["neo4j-copy"]},
    ]
    (asked, none), *making = A_COPY.answers
    with Stubber(aws.ec2) as wire:
        wire.add_response(asked, none, {"Filters": its_own})
        for operation, answer in [*making, A_COPY.shown]:
            wire.add_response(operation, answer)
        assert A_COPY.make(aws, Clock().pace(900)) == A_COPY.id


@pytest.fixture
def instance(aws: Aws) -> str:
    """One in the zone of the copies."""
    image = aws.ec2.register_image(Name="neo4j", Architecture="x86_64", RootDeviceName="/dev/xvda")
    started = aws.ec2.run_instances(
        ImageId=image["ImageId"],
        InstanceType="t3.medium",
        MinCount=1,
        MaxCount=1,
        Placement={"AvailabilityZone": "af-south-1a"},
    )
    return started["Instances"][0]["InstanceId"]


def test_a_copy_is_taken_again_whether_it_is_attached_or_not(aws: Aws, instance: str) -> None:
    """After a kill it is the same; once it is deleted it is another."""
    data = aws.ec2.create_volume(AvailabilityZone="af-south-1a", Size=1)["VolumeId"]
    snapshot = aws.ec2.create_snapshot(VolumeId=data)["SnapshotId"]

    def take() -> str:
        return volume_from_snapshot(aws, snapshot, instance, TAGS, print, pace=Clock().pace(60))

    first = take()
    assert take() == first
    attach_volume(aws, first, instance, print, pace=Clock().pace(60))
    assert take() == first
    detach_volume(aws, first, print, pace=Clock().pace(60))
    delete_volume(aws, first)
    assert take() != first
