"""The bucket of kept results: made right, left as people set it, and honest about what it does not have."""

from __future__ import annotations

import pytest

from models.bootstrap import Presence
from models.errors import ServiceUnavailable, SetUpError
from systems.aws.result_bucket import EXPIRY_DAYS, ResultBucket, ensure_result_bucket
from systems.aws.session import Aws, default_region

NAME = "results-of-testing"
ALIAS = "alias/results-of-testing"


def test_the_bucket_is_versioned_encrypted_closed_and_forgets_what_is_old(aws: Aws) -> None:
    ensure_result_bucket(aws, NAME, ALIAS)
    key = aws.kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["Arn"]
    rule = aws.s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key
    assert aws.s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"
    assert all(aws.s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"].values())
    kept = aws.s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"][0]
    assert kept["Expiration"]["Days"] == EXPIRY_DAYS


def test_a_second_worker_changes_nothing_that_people_have_set_since(aws: Aws) -> None:
    ensure_result_bucket(aws, NAME, ALIAS)
    own = {"ID": "ours", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}
    aws.s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": [own]})  # type: ignore[list-item]
    again = ensure_result_bucket(aws, NAME, ALIAS)
    assert {item.presence for item in again} == {Presence.EXISTING}
    kept = aws.s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    assert [rule["ID"] for rule in kept] == ["ours"]


def test_what_one_worker_keeps_another_one_finds(aws: Aws) -> None:
    ensure_result_bucket(aws, NAME, ALIAS)
    assert ResultBucket(aws, NAME).get("a step") is None
    ResultBucket(aws, NAME).put("a step", b"its result")
    assert ResultBucket(aws, NAME).get("a step") == b"its result"


def test_a_bucket_that_is_not_there_is_no_answer(aws: Aws) -> None:
    """It must not pass for a step that was not done."""
    with pytest.raises(SetUpError):
        ResultBucket(aws, NAME).get("a step")


def test_an_aws_that_does_not_answer_is_no_answer(
    aws: Aws, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused_port}")
    with pytest.raises(ServiceUnavailable):
        ResultBucket(Aws(aws.region), NAME).get("a step")


def test_the_region_is_boto3s_own(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert default_region() == "eu-west-1"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(SetUpError, match="No AWS region"):
        default_region()
