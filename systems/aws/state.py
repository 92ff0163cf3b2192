"""Which Terraform state there is now, read from its bucket: asking Terraform takes a second each time."""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from models.errors import TerraformFailed
from models.plan import StateIdentity
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws

_ABSENT = {"NoSuchKey", "404"}


@aws_errors()
def read_state_identity(aws: Aws, bucket: str, key: str) -> StateIdentity:
    """Lineage and serial of the state; lineage None and serial 0 before the first apply.

    Raises TerraformFailed where the object is no state. Its text is never shown: a state holds secrets.
    """
    try:
        text = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error_code(error) in _ABSENT:
            return StateIdentity(lineage=None, serial=0)
        raise
    try:
        state = json.loads(text)
        return StateIdentity(lineage=state["lineage"], serial=state["serial"])
    except (ValueError, KeyError, TypeError):
        raise TerraformFailed(
            f"What is stored at {key} in {bucket} is no Terraform state.",
            next_step="Restore an earlier version of that object; the bucket keeps them.",
        ) from None
