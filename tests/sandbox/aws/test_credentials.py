"""Callers without the sandbox's credentials are turned away in the words AWS uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from sandbox.aws.backends import REGION
from sandbox.aws.server import LocalAws
from tests.sandbox.aws.conftest import clients_of


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    server = LocalAws(0, mends=(), reconcilers=())
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("ec2", "describe_instances", "AuthFailure"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("ssm", "describe_parameters", "UnrecognizedClientException"),
    ],
)
def test_an_unknown_access_key_is_refused_but_ours_is_served(
    aws: LocalAws, service: str, operation: str, code: str
) -> None:
    getattr(clients_of(aws.url)(service), operation)()
    with pytest.raises(ClientError) as refused:
        getattr(clients_of(aws.url, "AKIAUNKNOWN")(service), operation)()
    assert refused.value.response["Error"]["Code"] == code


def test_a_key_that_iam_or_sts_has_issued_is_served(aws: LocalAws) -> None:
    ours = clients_of(aws.url)
    ours("iam").create_user(UserName="somebody")
    key = ours("iam").create_access_key(UserName="somebody")["AccessKey"]["AccessKeyId"]
    role: dict[str, Any] = ours("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/some", RoleSessionName="test"
    )
    for issued in (key, role["Credentials"]["AccessKeyId"]):
        assert clients_of(aws.url, issued)("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize("path", ["/", "/bucket/key", "/moto-api/reset", "/moto-api/data.json"])
def test_a_request_without_authorization_is_forbidden(aws: LocalAws, path: str) -> None:
    """Also what would change or show moto's own state."""
    assert httpx.get(f"{aws.url}{path}", timeout=60).status_code == 403


def test_health_needs_no_credentials(aws: LocalAws) -> None:
    assert httpx.get(aws.health_url, timeout=60).status_code == 200


def test_a_presigned_link_opens_for_the_key_that_signed_it(aws: LocalAws) -> None:
    ours, bucket = clients_of(aws.url)("s3"), "presigned"
    ours.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    ours.put_object(Bucket=bucket, Key="key", Body=b"body")
    target = {"Bucket": bucket, "Key": "key"}
    link = ours.generate_presigned_url("get_object", Params=target)
    assert httpx.get(link, timeout=60).content == b"body"
    other = clients_of(aws.url, "AKIAUNKNOWN")("s3").generate_presigned_url("get_object", Params=target)
    assert httpx.get(other, timeout=60).status_code == 403
