"""EBS snapshots that backups are made of: whether one is still there, which are ours, the end of old ones."""

from __future__ import annotations

from botocore.exceptions import ClientError

from models.errors import Refused
from models.names import DatabaseName, EnvironmentName
from models.retention import OwnSnapshot
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws
from systems.aws.tags import as_filters

BACKUP_TAG = "credex:backup"
"""Names the backup that a snapshot belongs to."""

_GONE = "InvalidSnapshot.NotFound"


def backup_tags(environment: EnvironmentName, database: DatabaseName) -> dict[str, str]:
    """The tags by which a database's snapshots are known to be ours."""
    return {
        "credex:role": "neo4j-backup",
        "credex:environment": environment,
        "credex:database": database.value,
    }


@aws_errors()
def is_complete(aws: Aws, snapshot_id: str) -> bool:
    """Whether the snapshot is there and complete."""
    try:
        found = aws.ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"]
    except ClientError as error:
        if error_code(error) == _GONE:
            return False
        raise
    return found[0]["State"] == "completed"


@aws_errors()
def own_snapshots(aws: Aws, environment: EnvironmentName, database: DatabaseName) -> list[OwnSnapshot]:
    """The snapshots that our runs took of this database's volume, by their tags."""
    pages = aws.ec2.get_paginator("describe_snapshots").paginate(
        OwnerIds=["self"], Filters=as_filters(backup_tags(environment, database))
    )
    return [
        OwnSnapshot(
            snapshot_id=found["SnapshotId"],
            backup=next(tag["Value"] for tag in found["Tags"] if tag["Key"] == BACKUP_TAG),
            started_at=found["StartTime"],
        )
        for page in pages
        for found in page["Snapshots"]
        if any(tag["Key"] == BACKUP_TAG for tag in found["Tags"])
    ]


@aws_errors()
def delete_own_snapshot(
    aws: Aws, environment: EnvironmentName, database: DatabaseName, snapshot_id: str
) -> None:
    """Delete a snapshot of ours; one that is gone already is no error. Raises Refused for any other."""
    try:
        found = aws.ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0]
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        if not backup_tags(environment, database).items() <= tags.items():
            raise Refused(
                f"The snapshot {snapshot_id} is not one that a backup of {database} made.",
                next_step="Nothing was deleted. Look at its tags in EC2.",
            )
        aws.ec2.delete_snapshot(SnapshotId=snapshot_id)
    except ClientError as error:
        if error_code(error) != _GONE:
            raise
