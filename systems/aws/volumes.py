"""The data volumes of the databases, and the EBS snapshots that are made of them.

Everything is found again by its tags, so that a run that was killed makes nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from models.errors import ServiceUnavailable, SetUpError
from models.machine import Snapshot
from models.names import DatabaseName, EnvironmentName, Slot
from systems.aws.errors import aws_errors, error_code
from systems.aws.instances import slot_of_tags
from systems.aws.newly_made import once_known
from systems.aws.session import Aws
from systems.aws.tags import ROLE_TAG, as_filters, as_tags
from systems.waiting import Pace, Progress, each_once, wait_for

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, SnapshotTypeDef

SNAPSHOT_PACE = Pace(deadline_seconds=6 * 3600, interval_seconds=5)
"""A volume's first snapshot copies it whole, which may take hours."""

_NOT_FOUND = "InvalidSnapshot.NotFound"


@aws_errors()
def data_volume(
    aws: Aws, environment: EnvironmentName, database: DatabaseName, slot: Slot = Slot.BLUE
) -> str:
    """The id of the data volume of a slot's database. Raises SetUpError for none or two."""
    wanted = {
        ROLE_TAG: "neo4j-data",
        "credex:environment": environment,
        "credex:database": database.value,
    }
    volumes = aws.ec2.describe_volumes(Filters=as_filters(wanted))["Volumes"]
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
            TagSpecifications=[{"ResourceType": "snapshot", "Tags": as_tags(tags)}],
        )["SnapshotId"]
    return _completed(aws, snapshot_id, on_progress, pace)


def _snapshot_tagged(aws: Aws, volume_id: str, tags: Mapping[str, str]) -> str | None:
    filters: list[FilterTypeDef] = [
        {"Name": "volume-id", "Values": [volume_id]},
        {"Name": "status", "Values": ["pending", "completed"]},
        *as_filters(tags),
    ]
    found = aws.ec2.describe_snapshots(OwnerIds=["self"], Filters=filters)["Snapshots"]
    return found[0]["SnapshotId"] if found else None


def _completed(aws: Aws, snapshot_id: str, on_progress: Progress, pace: Pace) -> Snapshot:
    tell = each_once(on_progress)

    def look() -> SnapshotTypeDef | None:
        snapshot = aws.ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0]
        tell(f"Snapshot {snapshot_id}: {snapshot.get('Progress') or 'begun'}")
        return None if snapshot["State"] == "pending" else snapshot

    snapshot = wait_for(once_known(look, _NOT_FOUND, pace), pace)
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
def delete_snapshot(aws: Aws, snapshot_id: str) -> None:
    """Delete a snapshot; one that is gone already is no error."""
    try:
        aws.ec2.delete_snapshot(SnapshotId=snapshot_id)
    except ClientError as error:
        if error_code(error) != _NOT_FOUND:
            raise
