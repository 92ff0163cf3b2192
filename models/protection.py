"""What the plan guard protects: types that hold data or guard it, and what an environment names besides.

Names are patterns of addresses as Terraform writes them, with `*` for any text. As with Terraform's own
`-target`, a module stands for all that is in it and a resource for all of its instances.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_ACCESS = "who may read and write a bucket"
_DATA = "data"
_DISK = "a database's data"
_CONFIGURATION = "a secret that the application needs"

PROTECTED_TYPES: dict[str, str] = {
    "aws_instance": "a database's machine",
    "aws_ebs_volume": _DISK,
    "aws_volume_attachment": "the data volume of a database",
    "aws_ebs_snapshot": "a backup of a database",
    "aws_ebs_snapshot_copy": "a backup of a database",
    "aws_backup_vault": "the backups in it",
    "aws_s3_bucket": "what keeps the state, the releases or the backups",
    "aws_s3_object": "an object that may be the state or a backup",
    "aws_s3_bucket_versioning": "the earlier versions of a bucket's objects",
    "aws_s3_bucket_public_access_block": "what keeps a bucket closed to the public",
    "aws_s3_account_public_access_block": "what keeps all buckets closed to the public",
    "aws_s3_bucket_server_side_encryption_configuration": "a bucket's encryption",
    "aws_s3_bucket_lifecycle_configuration": "how long a bucket keeps its objects",
    "aws_s3_bucket_object_lock_configuration": "the lock on a bucket's objects",
    "aws_s3_bucket_policy": _ACCESS,
    "aws_s3_bucket_acl": _ACCESS,
    "aws_s3_bucket_ownership_controls": "who owns a bucket's objects",
    "aws_kms_key": "the key that all encrypted data needs",
    "aws_kms_external_key": "the key that all encrypted data needs",
    "aws_kms_replica_key": "the key that all encrypted data needs",
    "aws_kms_key_policy": "who may use the key of all encrypted data",
    "aws_kms_alias": "the name under which the key of all encrypted data is found",
    "aws_ecr_repository": "the images that a rollback needs",
    "aws_ssm_parameter": _CONFIGURATION,
    "aws_secretsmanager_secret": _CONFIGURATION,
    "aws_secretsmanager_secret_version": _CONFIGURATION,
    "aws_db_instance": _DISK,
    "aws_rds_cluster": _DISK,
    "aws_rds_cluster_instance": "a database's machine",
    "aws_docdb_cluster": _DISK,
    "aws_neptune_cluster": _DISK,
    "aws_dynamodb_table": "its data, which may be the locks of the state",
    "aws_efs_file_system": _DATA,
    "aws_fsx_ontap_volume": _DATA,
    "aws_elasticache_replication_group": _DATA,
    "aws_opensearch_domain": _DATA,
}
"""Resources that hold data or guard it, with what is lost with each. They may be created; all else needs a
scenario that names them."""

AddressPattern = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_*][^\s,;]*$", max_length=300, strip_whitespace=True)
]


class GuardSettings(BaseModel):
    """The `[guard]` table of an environment's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protected: list[AddressPattern] = Field(
        default=[],
        description="Addresses of what holds data or must not go, whatever its type, for example "
        "module.databases or *dynamodb_table.*",
    )
    may_weaken: list[AddressPattern] = Field(
        default=[],
        description="Addresses that may be protected less, or opened to more, than before: what is refused "
        "elsewhere is shown to the approver. Take it out again when it is done.",
    )

    def protects(self, *addresses: str | None) -> bool:
        """Whether one of these addresses, where there is one, is named as protected."""
        return any(_matches(pattern, address) for pattern in self.protected for address in addresses)

    def lets_weaken(self, address: str) -> bool:
        """Whether somebody decided that this resource may be protected less."""
        return any(_matches(pattern, address) for pattern in self.may_weaken)

    def unused(self, addresses: list[str]) -> list[str]:
        """The protecting patterns that fit none of these addresses: perhaps they are misspelt."""
        return [
            pattern
            for pattern in self.protected
            if not any(_matches(pattern, address) for address in addresses)
        ]


def _matches(pattern: str, address: str | None) -> bool:
    return address is not None and _expression(pattern).match(address) is not None


@lru_cache(maxsize=1000)
def _expression(pattern: str) -> re.Pattern[str]:
    text = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.compile(rf"{text}(?:[.\[].*)?\Z", re.DOTALL)
