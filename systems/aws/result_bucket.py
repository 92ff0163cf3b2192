"""The bucket of the steps' kept results, which all workers of a team share.

One for all environments. Encrypted with a key of its own; what no run can need any more expires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from models.bootstrap import Ensured
from systems.aws.bootstrap import ensure_bucket, ensure_key
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws
from systems.waiting import Progress

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef

EXPIRY_DAYS = 60
"""Longer than any run may take: its questions wait fourteen days each, and few runs ask two."""

_EXPIRY: LifecycleRuleTypeDef = {
    "ID": "results-of-runs-that-ended",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "Expiration": {"Days": EXPIRY_DAYS},
    "NoncurrentVersionExpiration": {"NoncurrentDays": EXPIRY_DAYS},
}


class ResultBucket:
    """Results by the key that Prefect gives them."""

    def __init__(self, aws: Aws, name: str) -> None:
        self._aws = aws
        self._name = name

    @aws_errors()
    def get(self, key: str) -> bytes | None:
        """The result; None where none is kept.

        Raises ServiceUnavailable or SetUpError where that cannot be told.
        """
        try:
            return self._aws.s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        except self._aws.s3.exceptions.NoSuchKey:
            return None

    @aws_errors()
    def put(self, key: str, content: bytes) -> None:
        """Keep a result, instead of an earlier one of this key."""
        self._aws.s3.put_object(Bucket=self._name, Key=key, Body=content, ChecksumAlgorithm="SHA256")


@aws_errors()
def ensure_result_bucket(
    aws: Aws, name: str, key_alias: str, on_progress: Progress | None = None
) -> list[Ensured]:
    """The bucket and its key, made where they are missing. Safe to run again and by several workers at once.

    Raises Refused when the name is another account's.
    """
    made = [ensure_key(aws, key_alias, on_progress), ensure_bucket(aws, name, key_alias)]
    if not _has_lifecycle(aws, name):
        aws.s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [_EXPIRY]})
    return made


def _has_lifecycle(aws: Aws, name: str) -> bool:
    try:
        aws.s3.get_bucket_lifecycle_configuration(Bucket=name)
    except ClientError as error:
        if error_code(error) == "NoSuchLifecycleConfiguration":
            return False
        raise
    return True
