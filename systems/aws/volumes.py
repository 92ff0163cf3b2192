"""EBS snapshots of data volumes, and the volumes that are made of them to look into them.

Everything is found again by its tags, so that a run that was killed makes nothing twice. Only volumes that
were made here, as copies, are detached or deleted here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from models.errors import DeployError, Refused, ServiceUnavailable, SetUpError
from models.machine import Snapshot
from models.names import DatabaseName, EnvironmentName, Slot
from systems.aws.errors import aws_errors, error_code
from systems.aws.instances import slot_of_tags
from systems.aws.session import Aws
from systems.waiting import Pace, wait_for

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, SnapshotTypeDef, TagTypeDef, VolumeTypeDef

COPY_ROLE = "neo4j-copy"
COPY_DEVICE = "/dev/sdg"
_ROLE_TAG = "credex:role"

VOLUME_PACE = Pace(deadline_seconds=15 * 60)
SNAPSHOT_PACE = Pace(deadline_seconds=6 * 3600, interval_seconds=5)
"""A volume's first snapshot copies it whole, which may take hours."""

Progress = Callable[[str], None]


@aws_errors()
def data_volume(
    aws: Aws, environment: EnvironmentName, database: DatabaseName, slot: Slot = Slot.BLUE
) -> str:
    """The id of the data volume of a slot's database. Raises SetUpError for none or two."""
    wanted = {
        _ROLE_TAG: "neo4j-data",
        "credex:environment": environment,
        "credex:database": database.value,
    }
    volumes = aws.ec2.describe_volumes(Filters=_filters(wanted))["Volumes"]
    found = [each for each in volumes if slot_of_tags(each.get("Tags", [])) is slot]
    if len(found) != 1:
        raise SetUpError(
            f"{len(found)} volumes of {environment} are tagged as the {database} database's data in the "
            f"{slot} slot; there should be one.",
            next_step="Look at the volumes with the tag credex:database, and mend the tags.",
        )
    return found[0]["VolumeId"]


@aws_errors()
def snapshot_volume(
    aws: Aws,
    volume_id: str,
    tags: Mapping[str, str],
    on_progress: Progress,
    *,
    pace: Pace = SNAPSHOT_PACE,
) -> Snapshot:
    """The complete snapshot of a volume with these tags, made now unless there is one already.

    The tags must name this snapshot alone. Raises ServiceUnavailable when it fails or takes too long.
    """
    snapshot_id = _snapshot_tagged(aws, volume_id, tags)
    if snapshot_id is None:
        snapshot_id = aws.ec2.create_snapshot(
            VolumeId=volume_id,
            Description="Backup of a Neo4j database",
            TagSpecifications=[{"ResourceType": "snapshot", "Tags": _tags(tags)}],
        )["SnapshotId"]
    return _completed(aws, snapshot_id, on_progress, pace)


def _snapshot_tagged(aws: Aws, volume_id: str, tags: Mapping[str, str]) -> str | None:
    filters: list[FilterTypeDef] = [
        {"Name": "volume-id", "Values": [volume_id]},
        {"Name": "status", "Values": ["pending", "completed"]},
        *_filters(tags),
    ]
    found = aws.ec2.describe_snapshots(OwnerIds=["self"], Filters=filters)["Snapshots"]
    return found[0]["SnapshotId"] if found else None


def _completed(aws: Aws, snapshot_id: str, on_progress: Progress, pace: Pace) -> Snapshot:
    said: set[str] = set()

    def look() -> SnapshotTypeDef | None:
        snapshot = aws.ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0]
        _tell_once(said, f"Snapshot {snapshot_id}: {snapshot.get('Progress') or 'begun'}", on_progress)
        return None if snapshot["State"] == "pending" else snapshot

    snapshot = wait_for(look, pace)
    if snapshot is None or snapshot["State"] != "completed":
        state = snapshot["State"] if snapshot else "pending"
        raise ServiceUnavailable(
            f"The snapshot {snapshot_id} is {state} after {pace.deadline_seconds:.0f} s.",
            next_step="Look at it in EC2; delete it if it failed, and try again.",
        )
    return Snapshot(
        snapshot_id=snapshot_id,
        volume_id=snapshot["VolumeId"],
        size_gib=snapshot["VolumeSize"],
        tags={tag["Key"]: tag["Value"] for tag in snapshot.get("Tags", [])},
    )


@aws_errors()
def volume_from_snapshot(
    aws: Aws,
    snapshot_id: str,
    beside: str,
    tags: Mapping[str, str],
    on_progress: Progress,
    *,
    pace: Pace = VOLUME_PACE,
) -> str:
    """A new volume with a snapshot's data, in the zone of the instance `beside`; its id.

    The tags must name this volume alone: one that has them already is taken.
    """
    marked = {**tags, _ROLE_TAG: COPY_ROLE}
    filters: list[FilterTypeDef] = [{"Name": "snapshot-id", "Values": [snapshot_id]}, *_filters(marked)]
    found = aws.ec2.describe_volumes(Filters=filters)["Volumes"]
    volume = found[0]["VolumeId"] if found else _create(aws, snapshot_id, beside, marked)
    _await_state(aws, volume, {"available", "in-use"}, on_progress, pace)
    return volume


def _create(aws: Aws, snapshot_id: str, beside: str, tags: Mapping[str, str]) -> str:
    described = aws.ec2.describe_instances(InstanceIds=[beside])
    zone = described["Reservations"][0]["Instances"][0]["Placement"]["AvailabilityZone"]
    return aws.ec2.create_volume(
        AvailabilityZone=zone,
        SnapshotId=snapshot_id,
        VolumeType="gp3",
        TagSpecifications=[{"ResourceType": "volume", "Tags": _tags(tags)}],
    )["VolumeId"]


@aws_errors()
def attach_volume(
    aws: Aws, volume_id: str, instance_id: str, on_progress: Progress, *, pace: Pace = VOLUME_PACE
) -> None:
    """Attach a copy to an instance as its second device; attached there already, nothing happens.

    Raises Refused for a volume that is no copy, or is attached to another instance.
    """
    attached = _attachments(_copy(aws, volume_id))
    if attached - {instance_id}:
        raise Refused(
            f"The volume {volume_id} is attached to {', '.join(sorted(attached))}.",
            next_step="Detach it there first.",
        )
    if not attached:
        aws.ec2.attach_volume(VolumeId=volume_id, InstanceId=instance_id, Device=COPY_DEVICE)
    _await_state(aws, volume_id, {"in-use"}, on_progress, pace)


@aws_errors()
def detach_volume(aws: Aws, volume_id: str, on_progress: Progress, *, pace: Pace = VOLUME_PACE) -> None:
    """Detach a copy from wherever it is; it must be unmounted. One that is gone or free is left alone.

    Raises Refused for a volume that is no copy.
    """
    if not _exists(aws, volume_id):
        return
    for instance_id in _attachments(_copy(aws, volume_id)):
        aws.ec2.detach_volume(VolumeId=volume_id, InstanceId=instance_id)
    _await_state(aws, volume_id, {"available"}, on_progress, pace)


@aws_errors()
def delete_volume(aws: Aws, volume_id: str) -> None:
    """Delete a copy; one that is gone already is no error. Raises Refused for a volume that is no copy."""
    if _exists(aws, volume_id):
        _copy(aws, volume_id)
        aws.ec2.delete_volume(VolumeId=volume_id)


@aws_errors()
def delete_snapshot(aws: Aws, snapshot_id: str) -> None:
    """Delete a snapshot; one that is gone already is no error."""
    try:
        aws.ec2.delete_snapshot(SnapshotId=snapshot_id)
    except ClientError as error:
        if error_code(error) != "InvalidSnapshot.NotFound":
            raise


def _exists(aws: Aws, volume_id: str) -> bool:
    try:
        aws.ec2.describe_volumes(VolumeIds=[volume_id])
    except ClientError as error:
        if error_code(error) == "InvalidVolume.NotFound":
            return False
        raise
    return True


def _copy(aws: Aws, volume_id: str) -> VolumeTypeDef:
    """A volume that was made here. Nothing else may be taken from its machine."""
    volume = aws.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
    tags = {tag["Key"]: tag["Value"] for tag in volume.get("Tags", [])}
    if tags.get(_ROLE_TAG) != COPY_ROLE:
        raise Refused(
            f"The volume {volume_id} is not a copy that was made to look into a snapshot.",
            next_step="Data volumes are changed by Terraform alone.",
        )
    return volume


def _attachments(volume: VolumeTypeDef) -> set[str]:
    return {each["InstanceId"] for each in volume.get("Attachments", []) if each["State"] != "detached"}


def _await_state(aws: Aws, volume_id: str, wanted: set[str], on_progress: Progress, pace: Pace) -> None:
    said: set[str] = set()

    def look() -> bool | None:
        volume = aws.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
        states = [volume["State"], *(each["State"] for each in volume.get("Attachments", []))]
        _tell_once(said, f"Volume {volume_id}: {', '.join(states)}", on_progress)
        if volume["State"] == "error":
            raise DeployError(f"The volume {volume_id} has failed.", next_step="Delete it and try again.")
        return (volume["State"] in wanted and not {"attaching", "detaching", "busy"} & {*states}) or None

    if wait_for(look, pace) is None:
        raise ServiceUnavailable(
            f"The volume {volume_id} was not {' or '.join(sorted(wanted))} within "
            f"{pace.deadline_seconds:.0f} s.",
            next_step="Look at it in EC2, then try again.",
        )


def _tell_once(said: set[str], sentence: str, on_progress: Progress) -> None:
    if sentence not in said:
        said.add(sentence)
        on_progress(sentence)


def _filters(tags: Mapping[str, str]) -> list[FilterTypeDef]:
    return [{"Name": f"tag:{name}", "Values": [value]} for name, value in tags.items()]


def _tags(tags: Mapping[str, str]) -> list[TagTypeDef]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]
