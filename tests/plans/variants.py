"""The changes of `base.tf` that this folder holds plans of: ways to lose a database, and harmless ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Variant:
    """One change of the base: other variables, blocks taken out, text put in another's place or added.

    `named` are variables whose values are only known when the plans are made: another machine image.
    """

    variables: dict[str, object] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    edits: tuple[tuple[str, str], ...] = ()
    added: str = ""
    named: tuple[str, ...] = ()
    options: tuple[str, ...] = ("-refresh=false",)

    def applied_to(self, base: str) -> str:
        """The configuration with this change."""
        for address in self.without:
            kind, name = address.split(".")
            base, count = re.subn(rf'resource "{kind}" "{name}" {{\n.*?\n}}\n', "", base, flags=re.DOTALL)
            _must_have_changed(count, address)
        for old, new in self.edits:
            _must_have_changed(base.count(old), old)
            base = base.replace(old, new)
        return base + self.added


def _must_have_changed(count: int, what: str) -> None:
    if not count:
        raise ValueError(f"{what!r} is not in base.tf, so this plan would be of nothing.")


_DATA, _ATTACHMENT, _ALARM = (
    "aws_ebs_volume.data",
    "aws_volume_attachment.data",
    "aws_cloudwatch_metric_alarm.disk",
)
_ATTACHMENTS = (_ATTACHMENT, "aws_volume_attachment.search")
_OTHER_DIGEST = "sha256:" + "2" * 64
_UNGUARDED = ("\n  lifecycle {\n    prevent_destroy = true\n  }\n", "")
_FIXED_URL = ("${aws_instance.neo4j[0].private_ip}", "10.0.0.9")
_OPEN = "0.0.0.0/0"
_VOLUME = "  size              = var.volume_size\n  encrypted         = true\n"


def _forget(address: str) -> str:
    return f"removed {{\n  from = {address}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"


def _moved(kind: str, old: str, new: str) -> str:
    return f"moved {{\n  from = {kind}.{old}\n  to   = {kind}.{new}\n}}\n"


_HARMLESS = {
    "nothing": Variant(options=()),
    "application": Variant({"image_digest": _OTHER_DIGEST}),
    "application-and-count": Variant({"image_digest": _OTHER_DIGEST, "desired_count": 3}),
    "count-of-tasks": Variant({"desired_count": 3}),
    "configuration": Variant({"rates_key": "not-for-people-either"}),
    "labels": Variant({"label": "green"}),
    "log-retention": Variant({"log_retention_in_days": 7}),
    "log-retention-longer": Variant({"log_retention_in_days": 90}),
    "backups-kept-longer": Variant({"backups_kept_in_days": 730}),
    "access-narrower": Variant({"ingress_cidr": "10.0.1.0/24"}),
    "protection-stronger": Variant(
        edits=(("disable_api_termination     = false", "disable_api_termination     = true"),)
    ),
    "database-version": Variant({"neo4j_version": "2026.10.1"}),
    "instance-resized": Variant({"instance_type": "t3.large"}),
    "volume-grown": Variant({"volume_size": 20}),
    "bucket-imported": Variant(
        added='import {\n  to = aws_s3_bucket.state\n  id = "credex-state"\n}\n'
        'resource "aws_s3_bucket" "state" {\n  bucket = "credex-state"\n}\n',
    ),
    "address-changed": Variant(named=("private_ips",)),
    "instance-replaced-by-ami": Variant(named=("ami",)),
    "instance-replaced-by-request": Variant(options=("-refresh=false", "-replace=aws_instance.neo4j[0]")),
}
"""Each has a scenario that may do it; replacing a machine has, because its data stays on its volume."""

_GONE = {
    "databases-fewer": Variant({"databases": 1}),
    "databases-none": Variant({"databases": 0}, without=(*_ATTACHMENTS, _ALARM), edits=(_FIXED_URL,)),
    "database-taken-out": Variant(without=("aws_instance.neo4j", *_ATTACHMENTS, _ALARM), edits=(_FIXED_URL,)),
    "databases-renamed": Variant(
        edits=(("aws_instance.neo4j[", "aws_instance.graph["), ('"neo4j" {', '"graph" {'))
    ),
    "database-on-own-disk-replaced": Variant(named=("own_disk_ami",)),
    "database-of-unknown-type-replaced": Variant({"elsewhere": "4 GB"}),
    "volume-deleted": Variant(without=(_DATA, _ATTACHMENT)),
    "volume-detached": Variant(without=(_ATTACHMENT,)),
    "volume-forgotten": Variant(without=(_DATA, _ATTACHMENT), added=_forget(_DATA) + _forget(_ATTACHMENT)),
    "volume-swapped": Variant(
        edits=(("volume_id   = aws_ebs_volume.data.id", "volume_id   = aws_ebs_volume.search.id"),)
    ),
    "volume-moved": Variant(
        edits=(('volume" "data" {', 'volume" "ledger" {'), ("volume.data.", "volume.ledger.")),
        added=_moved("aws_ebs_volume", "data", "ledger"),
    ),
    "databases-moved": Variant(
        edits=(("aws_instance.neo4j[", "aws_instance.graph["), ('"neo4j" {', '"graph" {')),
        added=_moved("aws_instance", "neo4j", "graph"),
    ),
    "prevent-destroy-taken-out": Variant(edits=(_UNGUARDED, ('"af-south-1a"', '"af-south-1b"'))),
    "volume-shrunk": Variant({"volume_size": 5}),
    "bucket-deleted": Variant(
        without=(
            "aws_s3_bucket.backups",
            "aws_s3_bucket_versioning.backups",
            "aws_s3_bucket_public_access_block.backups",
            "aws_s3_bucket_server_side_encryption_configuration.backups",
            "aws_s3_bucket_lifecycle_configuration.backups",
        )
    ),
    "parameter-deleted": Variant(
        without=("aws_ssm_parameter.rates",),
        edits=(("${aws_ssm_parameter.rates.arn}:${aws_ssm_parameter.rates.version}", "arn"),),
    ),
    "key-deleted": Variant(
        without=("aws_kms_key.this", "aws_kms_alias.this"),
        edits=(_UNGUARDED, ("aws_kms_key.this.arn", "var.other_key")),
    ),
    "key-replaced": Variant(edits=(_UNGUARDED, ('"Data"\n', '"Data"\n  multi_region = true\n'))),
    "service-deleted": Variant(without=("aws_ecs_service.this",)),
    "everything-destroyed": Variant(edits=(_UNGUARDED,), options=("-refresh=false", "-destroy")),
}
"""Each loses something that cannot be made again, or loses sight of it."""

_WEAKER = {
    "volume-unencrypted": Variant(edits=(_UNGUARDED, (_VOLUME, _VOLUME.replace("true", "false")))),
    "disk-key-replaced": Variant(
        edits=(
            _UNGUARDED,
            (
                f"{_VOLUME}  kms_key_id        = aws_kms_key.this.arn",
                f"{_VOLUME}  kms_key_id = var.other_key",
            ),
        )
    ),
    "alias-of-another-key": Variant(edits=(("= aws_kms_key.this.key_id", "= var.other_key"),)),
    "key-not-rotated": Variant(
        edits=(("enable_key_rotation     = true", "enable_key_rotation     = false"),)
    ),
    "versioning-suspended": Variant({"versioning": "Suspended"}),
    "bucket-public": Variant(edits=(("block_public_policy     = true", "block_public_policy     = false"),)),
    "bucket-encryption-weaker": Variant(
        edits=(('"aws:kms"\n      kms_master_key_id = aws_kms_key.this.arn', '"AES256"'),)
    ),
    "bucket-may-be-emptied": Variant(
        edits=(('bucket = "credex-backups"', 'bucket = "credex-backups"\n  force_destroy = true'),)
    ),
    "backups-expire-sooner": Variant({"backups_kept_in_days": 7}),
    "parameter-in-clear": Variant(
        edits=(('/credex/RATES"\n  type  = "SecureString"', '/credex/RATES"\n  type  = "String"'),)
    ),
    "metadata-without-token": Variant({"http_tokens": "optional"}),
    "access-from-everywhere": Variant({"ingress_cidr": _OPEN}),
    "access-from-more": Variant({"ingress_cidr": "10.0.0.0/8"}),
    "access-to-more-ports": Variant({"last_port": 7688}),
    "access-by-a-further-rule": Variant(
        added='resource "aws_vpc_security_group_ingress_rule" "ssh" {\n'
        "  security_group_id = aws_security_group.database.id\n"
        f'  cidr_ipv4 = "{_OPEN}"\n  ip_protocol = "tcp"\n  from_port = 22\n  to_port = 22\n}}\n'
    ),
    "access-by-another-group": Variant(
        edits=(
            (
                "[aws_security_group.database.id]",
                "[aws_security_group.database.id, aws_security_group.service.id]",
            ),
        )
    ),
}
"""Each leaves everything in its place and protects it less."""

_PARTIAL = {
    "targeted": Variant(
        {"log_retention_in_days": 7},
        options=("-refresh=false", "-target=aws_cloudwatch_log_group.service"),
    ),
}
"""Not read at all."""

VARIANTS = _HARMLESS | _GONE | _WEAKER | _PARTIAL
DANGEROUS = frozenset(_GONE) | frozenset(_WEAKER)
"""What no scenario may do."""
