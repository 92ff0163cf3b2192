"""Objects in S3 that are created, never overwritten: of all who try at once, one does it."""

from __future__ import annotations

import uuid

from botocore.exceptions import ClientError

from systems.aws.errors import error_code
from systems.aws.session import Aws

_TAKEN = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


def create_object(aws: Aws, bucket: str, key: str, body: bytes) -> bool:
    """Whether the object (JSON) was created by this call; False when its key was taken.

    A repeated request whose first answer was lost meets its own object: the writer's mark tells.
    Raises botocore's ClientError, for the caller to put into words.
    """
    writer = uuid.uuid4().hex
    try:
        aws.s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="application/json",
            IfNoneMatch="*",
            ChecksumAlgorithm="SHA256",
            Metadata={"writer": writer},
        )
    except ClientError as error:
        if error_code(error) not in _TAKEN:
            raise
        return _writer(aws, bucket, key) == writer
    return True


def _writer(aws: Aws, bucket: str, key: str) -> str | None:
    try:
        return aws.s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("writer")
    except ClientError as error:
        if error_code(error) == "404":
            return None
        raise
