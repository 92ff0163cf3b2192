"""Conditions of policies hold as IAM says: all operators, any of the values, absent keys by the operator."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.backends import REGION
from sandbox.aws.mends.mend import Clients
from sandbox.aws.policy_condition import holds

CONTEXT = {"aws:securetransport": "true", "s3:tlsversion": "1.3", "s3:prefix": "dumps/2026"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, False),
        ({"NumericLessThan": {"s3:TlsVersion": 1.4}}, True),
        ({"StringEquals": {"s3:prefix": ["x", "dumps/2026"]}}, True),
        ({"StringNotEquals": {"s3:prefix": ["x", "dumps/2026"]}}, False),
        ({"StringLike": {"s3:prefix": "dumps/*"}, "Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringLike": {"s3:prefix": "dumps/*"}, "Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringEquals": {"aws:absent": "x"}}, False),
        ({"StringNotEquals": {"aws:absent": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:absent": "x"}}, True),
        ({"Null": {"aws:absent": "true"}}, True),
        ({"Null": {"s3:prefix": "true"}}, False),
        ({"Null": {"s3:if-none-match": "true"}}, True),
    ],
)
def test_operators(condition: dict[str, dict[str, object]], expected: bool) -> None:
    assert holds(condition, CONTEXT) is expected


def test_an_operator_that_is_not_known_is_no_silent_yes() -> None:
    with pytest.raises(ValueError, match="IpAddress"):
        holds({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, CONTEXT)


@given(st.dictionaries(st.text(), st.text()), st.text(), st.lists(st.text(), min_size=1))
def test_a_negated_operator_is_the_opposite_of_the_plain_one(
    context: dict[str, str], key: str, values: list[str]
) -> None:
    lowered = {name.lower(): value for name, value in context.items()}
    for plain, negated in (("StringEquals", "StringNotEquals"), ("StringLike", "StringNotLike")):
        assert holds({plain: {key: values}}, lowered) != holds({negated: {key: values}}, lowered)


def test_a_bucket_policy_that_demands_encryption_forbids_the_put_without_it_alone(mended: Clients) -> None:
    s3, bucket = mended("s3"), "encrypted-only"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_object(Bucket=bucket, Key="key", Body=b"body", ServerSideEncryption="aws:kms")
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="key", Body=b"body")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_bucket_policy_that_demands_creation_forbids_overwriting_alone(mended: Clients) -> None:
    """The condition key has the name of the header that says so."""
    s3, bucket = mended("s3"), "created-only"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/log/*",
        "Condition": {"Null": {"s3:if-none-match": "true"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_object(Bucket=bucket, Key="log/1", Body=b"first", IfNoneMatch="*")
    s3.put_object(Bucket=bucket, Key="elsewhere", Body=b"anything")
    for key in ("log/1", "log/2"):
        with pytest.raises(ClientError) as refused:
            s3.put_object(Bucket=bucket, Key=key, Body=b"another")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    with pytest.raises(ClientError) as taken:
        s3.put_object(Bucket=bucket, Key="log/1", Body=b"another", IfNoneMatch="*")
    assert taken.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert s3.get_object(Bucket=bucket, Key="log/1")["Body"].read() == b"first"
