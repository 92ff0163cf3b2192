"""What must not become weaker, by resource type: encryption, keys, retention, protection against deletion."""

from __future__ import annotations

from models.plan import Loss
from systems.terraform.weakening import Least, NoMore, Rank, Rule, Same

_OFF_ON = (False, True)
_ENCRYPTED = "its encryption is switched off"
_OTHER_KEY = "it is encrypted with another key, without which nothing of it can be read"
_DELETABLE = "its protection against deletion is switched off"
_BACKED_UP = "its own backups are kept for a shorter time"
_GROUPS = "it is put into further security groups"


def _never(path: str, what: str) -> Rank:
    """A switch that is off unless somebody switches it on."""
    return Rank(path, (True, False), what, absent=False)


_RELATIONAL: tuple[Rule, ...] = (
    Rank("storage_encrypted", _OFF_ON, _ENCRYPTED),
    Same("kms_key_id", _OTHER_KEY),
    Rank("deletion_protection", _OFF_ON, _DELETABLE),
    _never("skip_final_snapshot", "no snapshot is taken of it before it is deleted"),
    Least("backup_retention_period", _BACKED_UP),
    NoMore("vpc_security_group_ids", _GROUPS),
)

SAFEGUARDS: dict[str, tuple[Rule, ...]] = {
    "aws_cloudwatch_log_group": (
        Same("kms_key_id", "it is encrypted with another key", certain=False),
        Least("retention_in_days", "its lines are kept for a shorter time", certain=False, forever=True),
    ),
    "aws_db_instance": (*_RELATIONAL, _never("publicly_accessible", "it gets a public address")),
    "aws_docdb_cluster": _RELATIONAL,
    "aws_dynamodb_table": (
        Rank("deletion_protection_enabled", _OFF_ON, _DELETABLE),
        Rank("point_in_time_recovery.enabled", _OFF_ON, "its continuous backups are switched off"),
        Rank("server_side_encryption.enabled", _OFF_ON, _ENCRYPTED),
        Same("server_side_encryption.kms_key_arn", _OTHER_KEY),
    ),
    "aws_ebs_volume": (
        Rank("encrypted", _OFF_ON, _ENCRYPTED),
        Same("kms_key_id", _OTHER_KEY),
        Least("size", "it shrinks, which no volume with data can", Loss.DATA),
        Rank("final_snapshot", _OFF_ON, "no snapshot is taken of it before it is deleted"),
    ),
    "aws_ecr_repository": (
        Rank("image_tag_mutability", ("MUTABLE", "IMMUTABLE"), "a tag may come to name another image"),
        _never("force_delete", "it can be deleted with images in it"),
        Same("encryption_configuration.kms_key", _OTHER_KEY),
    ),
    "aws_efs_file_system": (Rank("encrypted", _OFF_ON, _ENCRYPTED), Same("kms_key_id", _OTHER_KEY)),
    "aws_instance": (
        Rank("root_block_device.encrypted", _OFF_ON, "the encryption of its disk is switched off"),
        Same("root_block_device.kms_key_id", "its disk is encrypted with another key", certain=False),
        Rank("metadata_options.http_tokens", ("optional", "required"), "its credentials need no token"),
        Rank("disable_api_termination", _OFF_ON, "its protection against termination is switched off"),
        Same("iam_instance_profile", "it gets the rights of another role", certain=False),
        NoMore("vpc_security_group_ids", _GROUPS),
    ),
    "aws_kms_alias": (Same("target_key_id", "it names another key, without which old data is lost"),),
    "aws_kms_key": (
        Rank("enable_key_rotation", _OFF_ON, "it is no longer rotated"),
        Rank("is_enabled", _OFF_ON, "it is disabled, so that nothing can be read"),
        Least("deletion_window_in_days", "there is less time to take a deletion back"),
    ),
    "aws_lb": (
        Rank("enable_deletion_protection", _OFF_ON, _DELETABLE),
        Rank("internal", _OFF_ON, "it gets a public address"),
        NoMore("security_groups", _GROUPS),
    ),
    "aws_lb_listener": (Rank("protocol", ("HTTP", "HTTPS"), "requests are no longer encrypted"),),
    "aws_rds_cluster": _RELATIONAL,
    "aws_s3_bucket": (_never("force_destroy", "it can be deleted with objects in it"),),
    "aws_s3_bucket_object_lock_configuration": (
        Rank("object_lock_enabled", (None, "Enabled"), "its objects can be deleted"),
        Rank("rule.default_retention.mode", (None, "GOVERNANCE", "COMPLIANCE"), "locks can be taken off"),
        Least("rule.default_retention.days", "its objects are locked for a shorter time"),
        Least("rule.default_retention.years", "its objects are locked for a shorter time"),
    ),
    "aws_s3_bucket_public_access_block": tuple(
        Rank(path, _OFF_ON, f"{path} is switched off, so that the public may get in")
        for path in (
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets",
        )
    ),
    "aws_s3_bucket_server_side_encryption_configuration": (
        Rank(
            "rule.apply_server_side_encryption_by_default.sse_algorithm",
            (None, "AES256", "aws:kms", "aws:kms:dsse"),
            "its encryption is weaker",
        ),
        Same("rule.apply_server_side_encryption_by_default.kms_master_key_id", _OTHER_KEY),
    ),
    "aws_s3_bucket_versioning": (
        Rank(
            "versioning_configuration.status",
            ("Disabled", "Suspended", "Enabled"),
            "earlier versions of its objects are no longer kept",
        ),
        Rank("versioning_configuration.mfa_delete", ("Disabled", "Enabled"), "versions can be deleted alone"),
    ),
    "aws_secretsmanager_secret": (
        Same("kms_key_id", _OTHER_KEY),
        Least("recovery_window_in_days", "there is less time to take a deletion back"),
    ),
    "aws_ssm_parameter": (
        Rank("type", ("StringList", "String", "SecureString"), "its value is no longer encrypted"),
        Same("key_id", _OTHER_KEY),
    ),
    "aws_volume_attachment": (
        Same(
            "volume_id",
            "another volume takes the place of the data",
            Loss.DATA,
            unknown_is_another=True,
        ),
        _never("force_detach", "the volume is taken away while it is in use"),
    ),
}
