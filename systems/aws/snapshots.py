"""Whether a snapshot that a backup names is still there."""

from __future__ import annotations

from botocore.exceptions import ClientError

from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws


@aws_errors()
def is_complete(aws: Aws, snapshot_id: str) -> bool:
    """Whether the snapshot is there and complete."""
    try:
        found = aws.ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"]
    except ClientError as error:
        if error_code(error) == "InvalidSnapshot.NotFound":
            return False
        raise
    return found[0]["State"] == "completed"
