"""What Terraform needs beforehand is made once, left alone afterwards, and never somebody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.stub import Stubber

from models.bootstrap import Ensured, Presence
from models.environment import AwsSettings
from models.errors import Refused
from systems.aws.bootstrap import ensure_bucket, ensure_foundation, ensure_key, ensure_repository, owns_bucket
from systems.aws.session import Aws

SETTINGS = AwsSettings(
    region="af-south-1",
    state_bucket="state-of-testing",
    releases_bucket="releases-of-testing",
    backups_bucket="backups-of-testing",
    neo4j_artifacts="s3://artifacts/neo4j",
    key_alias="alias/testing",
    repository="credex-core-testing",
)


def _presences(ensured: list[Ensured]) -> set[Presence]:
    return {one.presence for one in ensured}


def test_everything_is_created_once_and_found_afterwards(aws: Aws) -> None:
    assert _presences(ensure_foundation(aws, SETTINGS)) == {Presence.CREATED}
    assert _presences(ensure_foundation(aws, SETTINGS)) == {Presence.EXISTING}


def test_buckets_are_versioned_encrypted_with_our_key_and_closed(aws: Aws) -> None:
    ensure_foundation(aws, SETTINGS)
    key = aws.kms.describe_key(KeyId=SETTINGS.key_alias)["KeyMetadata"]
    for bucket in (SETTINGS.state_bucket, SETTINGS.releases_bucket):
        assert aws.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        encryption = aws.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        default = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]
        assert default == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}
        closed = aws.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert closed == dict.fromkeys(closed, True)
        assert len(closed) == 4


def test_the_key_rotates_and_tags_of_images_cannot_be_moved(aws: Aws) -> None:
    ensure_foundation(aws, SETTINGS)
    key_id = aws.kms.describe_key(KeyId=SETTINGS.key_alias)["KeyMetadata"]["KeyId"]
    assert aws.kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"]
    repository = aws.ecr.describe_repositories(repositoryNames=[SETTINGS.repository])["repositories"][0]
    assert repository["imageTagMutability"] == "IMMUTABLE"


def test_an_existing_bucket_keeps_its_own_settings(aws: Aws) -> None:
    """Somebody's suspended versioning is a decision, not an omission."""
    ensure_foundation(aws, SETTINGS)
    bucket = SETTINGS.state_bucket
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert ensure_bucket(aws, bucket, SETTINGS.key_alias).presence is Presence.EXISTING
    assert aws.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"


def test_a_bucket_left_half_made_by_a_killed_run_is_completed(aws: Aws) -> None:
    ensure_key(aws, SETTINGS.key_alias)
    location = {"LocationConstraint": "af-south-1"}
    aws.s3.create_bucket(Bucket=SETTINGS.state_bucket, CreateBucketConfiguration=location)  # type: ignore[arg-type]
    ensured = ensure_bucket(aws, SETTINGS.state_bucket, SETTINGS.key_alias)
    assert ensured.presence is Presence.COMPLETED
    assert ensured.completed == ["versioning", "encryption", "public access block"]
    assert aws.s3.get_bucket_versioning(Bucket=SETTINGS.state_bucket)["Status"] == "Enabled"


def test_a_bucket_closed_to_us_is_refused(aws: Aws) -> None:
    """S3 answers 403 when the owner is not the expected one; its answers are played at the wire."""
    wire = Stubber(aws.s3)
    wire.add_client_error("head_bucket", "403", "Forbidden", 403)
    with wire, pytest.raises(Refused, match="a-bucket belongs to another AWS account"):
        ensure_bucket(aws, "a-bucket", SETTINGS.key_alias)


def test_a_name_taken_by_another_account_is_refused(aws: Aws) -> None:
    """A bucket that we cannot see may still hold the name: S3 says so when we try to create it."""
    wire = Stubber(aws.s3)
    wire.add_client_error("head_bucket", "404", "Not Found", 404)
    wire.add_client_error("create_bucket", "BucketAlreadyExists", "", 409)
    with wire, pytest.raises(Refused, match="a-bucket belongs to another AWS account"):
        ensure_bucket(aws, "a-bucket", SETTINGS.key_alias)


def test_runs_at_once_make_one_of_each(aws: Aws) -> None:
    """Of several runs at once one alone creates each thing, and no second key is left."""
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda _: ensure_foundation(aws, SETTINGS), range(6)))
    for position in range(4):
        created = [run[position] for run in runs if run[position].presence is Presence.CREATED]
        assert len(created) == 1, created
    keys = [aws.kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in aws.kms.list_keys()["Keys"]]
    assert [key["KeyState"] for key in keys if key["KeyState"] == "Enabled"] == ["Enabled"]


def test_a_repository_is_made_only_once(aws: Aws) -> None:
    assert ensure_repository(aws, "credex-core").presence is Presence.CREATED
    assert ensure_repository(aws, "credex-core").presence is Presence.EXISTING


def test_a_bucket_is_ours_once_it_is_made(aws: Aws) -> None:
    assert not owns_bucket(aws, "releases-of-testing")
    ensure_foundation(aws, SETTINGS)
    assert owns_bucket(aws, "releases-of-testing")
