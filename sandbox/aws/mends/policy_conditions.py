"""A statement of a bucket policy applies only where its Condition holds.

Moto takes a Deny with a Condition for a Deny: the usual "no transport without TLS" then forbids every put.
What the condition keys are worth comes from `request_context`; every call counts as made over TLS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from moto.iam.access_control import IAMPolicy, IAMPolicyStatement, PermissionResult
from moto.s3.models import FakeBucket

from sandbox.aws.mends.mend import Clients, Mend, Seam
from sandbox.aws.policy_condition import holds, request_context


def _patch() -> None:
    FakeBucket.get_permission = _get_permission  # type: ignore[method-assign]


def _get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy.decode())
    context = request_context()
    statements = [_unconditional(each) for each in _listed(policy["Statement"]) if _applies(each, context)]
    document = json.dumps({**policy, "Statement": statements})
    return IAMPolicy(document).is_action_permitted(action, resource)


def _listed(statement: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as the policy's author wrote it
    return statement if isinstance(statement, list) else [statement]


def _applies(statement: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    return holds(statement.get("Condition", {}), context)


def _unconditional(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != "Condition"}


def _is_needed(clients: Clients) -> bool:
    s3 = clients("s3")
    bucket = "probe-policy"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    try:
        s3.put_object(Bucket=bucket, Key="probe", Body=b"body")
    except ClientError:
        return True
    s3.delete_object(Bucket=bucket, Key="probe")
    s3.delete_bucket(Bucket=bucket)
    return False


MEND = Mend(
    name="policy-conditions",
    wrong="A Deny in a bucket policy applies although its Condition does not hold.",
    seams=(
        Seam(FakeBucket, "get_permission", "7571412a3495"),
        Seam(IAMPolicyStatement, "is_action_permitted", "e3e502fdb033"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
