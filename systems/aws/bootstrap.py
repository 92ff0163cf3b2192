"""Makes what must exist before Terraform can run: two buckets, the key, the image repository.

What exists is left as it is. The one exception: a bucket whose versioning, encryption or public access block
was never set gets them, so that a run that was killed right after creating it can be resumed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from botocore.exceptions import ClientError

from models.bootstrap import Ensured, Presence
from models.environment import AwsSettings
from models.errors import Refused
from systems.aws.errors import aws_errors, error_code, is_denied
from systems.aws.session import Aws
from systems.waiting import Pace, Progress, wait_for

KEY_PACE = Pace(deadline_seconds=5 * 60, interval_seconds=5)
"""As long as AWS says that a new alias may take to count where a policy names keys by their aliases."""

_NEVER_SET = {"ServerSideEncryptionConfigurationNotFoundError", "NoSuchPublicAccessBlockConfiguration"}


def ensure_foundation(aws: Aws, settings: AwsSettings, on_progress: Progress | None = None) -> list[Ensured]:
    """Everything of an environment that Terraform needs beforehand, in the order in which it is made.

    Safe to run again and by several at once. Raises Refused when a bucket's name belongs to somebody else.
    """
    key = ensure_key(aws, settings.key_alias, on_progress)
    return [
        key,
        ensure_bucket(aws, settings.state_bucket, settings.key_alias),
        ensure_bucket(aws, settings.releases_bucket, settings.key_alias),
        ensure_repository(aws, settings.repository),
    ]


@aws_errors()
def ensure_bucket(aws: Aws, name: str, key_alias: str) -> Ensured:
    """A bucket that is versioned, encrypted with the key, and closed to the public.

    Raises Refused when the name is another account's.
    """
    created = not owns_bucket(aws, name) and _create_bucket(aws, name)
    completed = [setting for setting, make in _BUCKET_SETTINGS.items() if make(aws, name, key_alias)]
    if created:
        return Ensured(kind="S3 bucket", name=name, presence=Presence.CREATED)
    presence = Presence.COMPLETED if completed else Presence.EXISTING
    return Ensured(kind="S3 bucket", name=name, presence=presence, completed=completed)


@aws_errors()
def owns_bucket(aws: Aws, name: str) -> bool:
    """Whether the bucket is there. Raises Refused when it is there and is another account's."""
    try:
        aws.s3.head_bucket(Bucket=name, ExpectedBucketOwner=aws.identity().account)
    except ClientError as error:
        if error_code(error) in {"404", "NoSuchBucket"}:
            return False
        if error_code(error) in {"301", "400", "403"}:
            raise _not_ours(name) from error
        raise
    return True


def _create_bucket(aws: Aws, name: str) -> bool:
    """Whether this call created it: another run may have been faster."""
    try:
        if aws.region == "us-east-1":
            aws.s3.create_bucket(Bucket=name)
        else:
            location = {"LocationConstraint": aws.region}
            aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration=location)  # type: ignore[arg-type]
    except ClientError as error:
        if error_code(error) == "BucketAlreadyOwnedByYou":
            return False
        if error_code(error) == "BucketAlreadyExists":
            raise _not_ours(name) from error
        raise
    return True


def _not_ours(name: str) -> Refused:
    return Refused(
        f"The bucket {name} belongs to another AWS account or region, or is closed to these credentials.",
        next_step="Check which account you are signed in to, or name another bucket in the TOML file.",
    )


def _ensure_versioning(aws: Aws, bucket: str, _key_alias: str) -> bool:
    if aws.s3.get_bucket_versioning(Bucket=bucket).get("Status"):
        return False
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return True


def _ensure_encryption(aws: Aws, bucket: str, key_alias: str) -> bool:
    if _encryption(aws, bucket) not in {None, "AES256"}:
        return False  # AES256 is what S3 gives to every new bucket: nobody chose it
    aws.s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": _key_arn(aws, key_alias),
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        },
    )
    return True


def _encryption(aws: Aws, bucket: str) -> str | None:
    try:
        found = aws.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    except ClientError as error:
        if error_code(error) in _NEVER_SET:
            return None
        raise
    defaults = (rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in found["Rules"])
    return next((default.get("SSEAlgorithm") for default in defaults), None)


def _ensure_public_access_block(aws: Aws, bucket: str, _key_alias: str) -> bool:
    if _is_set(lambda: aws.s3.get_public_access_block(Bucket=bucket)):
        return False
    aws.s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    return True


_BUCKET_SETTINGS: dict[str, Callable[[Aws, str, str], bool]] = {
    "versioning": _ensure_versioning,
    "encryption": _ensure_encryption,
    "public access block": _ensure_public_access_block,
}


def _is_set(read: Callable[[], object]) -> bool:
    try:
        read()
    except ClientError as error:
        if error_code(error) in _NEVER_SET:
            return False
        raise
    return True


@aws_errors()
def ensure_key(
    aws: Aws, alias: str, on_progress: Progress | None = None, *, pace: Pace = KEY_PACE
) -> Ensured:
    """A KMS key with yearly rotation that goes by this alias (`alias/...`).

    The alias is set last, so a key that has it is complete; the key of whoever loses a race is scheduled for
    deletion. A new alias is waited for until AWS lets us use the key by it.
    """
    with suppress(aws.kms.exceptions.NotFoundException):
        _key_arn(aws, alias)
        return Ensured(kind="KMS key", name=alias, presence=Presence.EXISTING)
    created = _create_key(aws, alias)
    _await_permission(aws, alias, on_progress, pace)
    return Ensured(kind="KMS key", name=alias, presence=Presence.CREATED if created else Presence.EXISTING)


def _create_key(aws: Aws, alias: str) -> bool:
    """Whether this call's key got the alias: another run may have been faster."""
    key_id = aws.kms.create_key(Description=f"Encrypts what credex-deploy keeps ({alias})")["KeyMetadata"][
        "KeyId"
    ]
    aws.kms.enable_key_rotation(KeyId=key_id)
    try:
        aws.kms.create_alias(AliasName=alias, TargetKeyId=key_id)
    except aws.kms.exceptions.AlreadyExistsException:
        aws.kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
        return False
    return True


def _await_permission(aws: Aws, alias: str, on_progress: Progress | None, pace: Pace) -> None:
    """Return once the key may be used by its new alias; after the deadline, what AWS says then is raised."""
    if _may_be_used(aws, alias):
        return
    if on_progress is not None:
        minutes = f"{pace.deadline_seconds / 60:.0f} minutes"
        on_progress(f"The key {alias} is new: AWS may take {minutes} to let us use it.")
    if wait_for(lambda: _may_be_used(aws, alias) or None, pace) is None:
        _key_arn(aws, alias)


def _may_be_used(aws: Aws, alias: str) -> bool:
    try:
        _key_arn(aws, alias)
    except ClientError as error:
        if is_denied(error) or error_code(error) == "NotFoundException":
            return False
        raise
    return True


def _key_arn(aws: Aws, alias: str) -> str:
    return aws.kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"]


@aws_errors()
def ensure_repository(aws: Aws, name: str) -> Ensured:
    """An ECR repository whose tags cannot be moved and whose images are scanned when pushed."""
    try:
        aws.ecr.create_repository(
            repositoryName=name,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
        )
    except aws.ecr.exceptions.RepositoryAlreadyExistsException:
        return Ensured(kind="ECR repository", name=name, presence=Presence.EXISTING)
    return Ensured(kind="ECR repository", name=name, presence=Presence.CREATED)
