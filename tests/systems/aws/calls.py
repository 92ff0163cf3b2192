"""Which of AWS's APIs our own code calls, read from its source by the names of boto3's methods."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from botocore import xform_name
from botocore.session import get_session

SOURCE = Path(__file__).parents[3] / "systems" / "aws"

PREFIXES = {"elbv2": "elasticloadbalancing"}
"""Services whose actions begin otherwise than their client is called."""

S3_ACTIONS = {
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""Operations of S3 that are allowed by an action of another name."""

WITHOUT_PERMISSION = {"sts:GetCallerIdentity"}
"""Allowed to everybody."""

_BY_NAME = {"get_paginator", "get_waiter"}


def actions_called() -> set[str]:
    """The IAM actions of every call in `systems/aws`, whatever the client's variable is called."""
    found = {action for path in SOURCE.rglob("*.py") for action in _in_file(path)}
    return found - WITHOUT_PERMISSION


def _in_file(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, base = node.func.attr, node.func.value
        if name in _BY_NAME and node.args and isinstance(node.args[0], ast.Constant):
            name = str(node.args[0].value)
        services = {base.attr} & set(_clients()) if isinstance(base, ast.Attribute) else set()
        for service in services or _clients():
            operation = _operations(service).get(name)
            if operation:
                yield _action(service, operation)


@cache
def _clients() -> tuple[str, ...]:
    """The services that `Aws` has a client of."""
    tree = ast.parse((SOURCE / "session.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "client"
        and isinstance(call.args[0], ast.Constant)
    ]
    return tuple(named)


@cache
def _operations(service: str) -> dict[str, str]:
    """The API's operations by the names of boto3's methods."""
    model = get_session().get_service_model(service)
    return {xform_name(operation): operation for operation in model.operation_names}


def _action(service: str, operation: str) -> str:
    name = S3_ACTIONS.get(operation, operation) if service == "s3" else operation
    return f"{PREFIXES.get(service, service)}:{name}"
