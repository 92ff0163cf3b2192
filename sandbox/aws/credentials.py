"""Who is calling: reads the access key from a request, and refuses strangers in the words AWS uses.

Signatures are not verified: only the key's name is looked at, which is enough to notice missing or wrong
credentials. Permissions are not judged here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from sandbox.aws import account
from sandbox.aws.account import ACCOUNT, PARTITION

ACCESS_KEY = account.ACCESS_KEY


@dataclass(frozen=True)
class Caller:
    """The access key and the service named in a signed request."""

    access_key: str
    service: str


@dataclass(frozen=True)
class Refusal:
    """An answer to a stranger: HTTP status line, content type, body, and the error's code."""

    status: str
    content_type: str
    code: str
    body: bytes


def caller_of(environ: Mapping[str, Any]) -> Caller | None:
    """Read the caller from the Authorization header or a presigned query; None for an unsigned request."""
    scope = _scope_of(environ)
    parts = scope.split("/") if scope else []
    if len(parts) < 5:
        return None
    return Caller("/".join(parts[:-4]), parts[-2].lower())


def _scope_of(environ: Mapping[str, Any]) -> str | None:
    header = str(environ.get("HTTP_AUTHORIZATION", ""))
    if "Credential=" in header:
        return header.split("Credential=", 1)[1].split(",", 1)[0].strip()
    query = parse_qs(str(environ.get("QUERY_STRING", "")))
    return query.get("X-Amz-Credential", [None])[0]


def is_known(access_key: str) -> bool:
    """Tell whether the key is the sandbox's own, or one that its IAM or STS has issued."""
    if access_key == ACCESS_KEY:
        return True
    if access_key in iam_backends[ACCOUNT][PARTITION].access_keys:
        return True
    roles = sts_backends[ACCOUNT][PARTITION].assumed_roles
    return any(role.access_key_id == access_key for role in roles)


def refusal_of(environ: Mapping[str, Any], caller: Caller | None) -> Refusal | None:
    """Return how AWS would turn this caller away, or None when the caller is known."""
    if caller is not None and is_known(caller.access_key):
        return None
    service = caller.service if caller else _unsigned_service(environ)
    if service == "s3":
        return _s3_refusal(caller)
    if "urlencoded" in str(environ.get("CONTENT_TYPE", "")):
        return _ec2_refusal() if service == "ec2" else _query_refusal(caller)
    return _json_refusal(caller)


def _unsigned_service(environ: Mapping[str, Any]) -> str:
    """Guess as AWS's host names would say; what is neither a query nor a JSON call is for S3."""
    if "HTTP_X_AMZ_TARGET" in environ or "urlencoded" in str(environ.get("CONTENT_TYPE", "")):
        return "unknown"
    return "s3"


def _s3_refusal(caller: Caller | None) -> Refusal:
    code, message = (
        ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
        if caller
        else ("AccessDenied", "Access Denied")
    )
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return _xml("403 Forbidden", code, body)


def _ec2_refusal() -> Refusal:
    message = "AWS was not able to validate the provided access credentials"
    body = (
        f"<Response><Errors><Error><Code>AuthFailure</Code><Message>{message}</Message></Error></Errors>"
        "<RequestID>0</RequestID></Response>"
    )
    return _xml("401 Unauthorized", "AuthFailure", body)


def _query_refusal(caller: Caller | None) -> Refusal:
    code, message = _token_error(caller, "InvalidClientTokenId")
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
        "</Error><RequestId>0</RequestId></ErrorResponse>"
    )
    return _xml("403 Forbidden", code, body)


def _json_refusal(caller: Caller | None) -> Refusal:
    code, message = _token_error(caller, "UnrecognizedClientException")
    body = json.dumps({"__type": code, "message": message})
    status = "400 Bad Request" if caller else "403 Forbidden"
    return Refusal(status, "application/x-amz-json-1.1", code, body.encode())


def _token_error(caller: Caller | None, code: str) -> tuple[str, str]:
    if caller:
        return code, "The security token included in the request is invalid."
    return "MissingAuthenticationToken", "Request is missing Authentication Token"


def _xml(status: str, code: str, body: str) -> Refusal:
    return Refusal(status, "text/xml", code, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode())
