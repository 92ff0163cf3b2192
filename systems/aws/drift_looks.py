"""What the last look for changes from outside found, in S3 beside the deployment log: the newest alone."""

from __future__ import annotations

from pydantic import ValidationError

from models.drift import DriftLook
from models.names import EnvironmentName
from systems.aws.errors import aws_errors
from systems.aws.session import Aws


@aws_errors()
def write_look(aws: Aws, bucket: str, environment: EnvironmentName, found: DriftLook) -> None:
    """Keep a look over the one before. Raises SetUpError without a bucket."""
    aws.s3.put_object(
        Bucket=bucket,
        Key=_key(environment),
        Body=found.model_dump_json().encode(),
        ContentType="application/json",
        ChecksumAlgorithm="SHA256",
    )


@aws_errors()
def read_look(aws: Aws, bucket: str, environment: EnvironmentName) -> DriftLook | None:
    """The last look; None where there was none, or where what it kept cannot be read any more."""
    try:
        stored = aws.s3.get_object(Bucket=bucket, Key=_key(environment))["Body"].read()
    except aws.s3.exceptions.NoSuchKey:
        return None
    try:
        return DriftLook.model_validate_json(stored)
    except ValidationError:
        return None


def _key(environment: EnvironmentName) -> str:
    return f"drift/{environment}.json"
