"""Where Neo4j's archives are kept: a machine installs its version from there."""

from __future__ import annotations

from botocore.exceptions import ClientError

from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws


def archives_of(version: str) -> list[str]:
    """The names of what a machine downloads to install this version."""
    archive = f"neo4j-community-{version}-unix.tar.gz"
    return [archive, f"{archive}.sha256"]


@aws_errors()
def missing_archives(aws: Aws, uri: str, version: str) -> list[str]:
    """Those of the version's archives that are not below `uri` (s3://bucket/prefix)."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return [
        name for name in archives_of(version) if not _is_there(aws, bucket, f"{prefix}/{name}".lstrip("/"))
    ]


def _is_there(aws: Aws, bucket: str, key: str) -> bool:
    try:
        aws.s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error_code(error) in {"404", "NoSuchKey", "NoSuchBucket"}:
            return False
        raise
    return True
