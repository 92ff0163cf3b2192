"""What Terraform needs beforehand is made once, left alone afterwards, and never somebody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.stub import Stubber

from models.bootstrap import Ensured, Presence
from models.environment import AwsSettings
from models.errors import Refused, SetUpError
from systems.aws.bootstrap import ensure_bucket, ensure_foundation, ensure_key, ensure_repository, owns_bucket
from systems.aws.session import Aws
from tests.systems.ticking import Clock

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


ALIAS = SETTINGS.key_alias
KEY = {"KeyMetadata": {"KeyId": "1234abcd", "Arn": "arn:aws:kms:af-south-1:123456789012:key/1234abcd"}}


def _deny(wire: Stubber, times: int) -> None:
    """As IAM does while the alias by which a policy names the key does not count yet."""
    message = "User: worker is not authorized to perform: kms:DescribeKey on this resource"
    for _ in range(times):
        wire.add_client_error("describe_key", "AccessDeniedException", message, 400)


def _create(wire: Stubber) -> None:
    """The first look finds no key; one is made and named."""
    wire.add_client_error("describe_key", "NotFoundException", f"Alias {ALIAS} is not found", 400)
    wire.add_response("create_key", KEY)
    wire.add_response("enable_key_rotation", {})
    wire.add_response("create_alias", {})


def test_a_new_key_is_waited_for_until_it_may_be_used(aws: Aws) -> None:
    """IAM hears of its alias later; why it takes so long is said once."""
    wire, clock, said = Stubber(aws.kms), Clock(), list[str]()
    _create(wire)
    _deny(wire, 4)
    wire.add_response("describe_key", KEY, {"KeyId": ALIAS})
    with wire:
        made = ensure_key(aws, ALIAS, said.append, pace=clock.pace(300, 100))
        wire.assert_no_pending_responses()
    assert (made.presence, clock.now) == (Presence.CREATED, 300)
    assert said == ["The key alias/testing is new: AWS may take 5 minutes to let us use it."]


def test_a_new_key_that_stays_denied_is_told_as_any_denial(aws: Aws) -> None:
    """After five minutes it is the policy that lacks the permission."""
    wire, clock = Stubber(aws.kms), Clock()
    _create(wire)
    _deny(wire, 6)
    with wire, pytest.raises(SetUpError, match=r"AWS denies kms:DescribeKey to these credentials.") as caught:
        ensure_key(aws, ALIAS, pace=clock.pace(300, 100))
    assert "kms:DescribeKey" in caught.value.next_step
    assert clock.now == 300


def test_a_key_that_was_there_is_not_waited_for(aws: Aws) -> None:
    """A denial is none that passes."""
    wire, clock = Stubber(aws.kms), Clock()
    _deny(wire, 1)
    with wire, pytest.raises(SetUpError, match="AWS denies kms:DescribeKey"):
        ensure_key(aws, ALIAS, pace=clock.pace(300, 100))
    assert clock.slept == []


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
