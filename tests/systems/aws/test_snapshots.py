"""Old snapshots are removed by their tags: ours of this database, and no other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from models.errors import Refused
from models.names import DatabaseName
from systems.aws.backups import BackupStore
from systems.aws.session import Aws
from systems.aws.snapshots import BACKUP_TAG, backup_tags, delete_own_snapshot, own_snapshots

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagSpecificationTypeDef, TagTypeDef
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef

LEDGER, SEARCH = DatabaseName
ENVIRONMENT = "testing"


@pytest.fixture
def volume(aws: Aws) -> str:
    """A volume to take snapshots of."""
    return aws.ec2.create_volume(AvailabilityZone="af-south-1a", Size=1)["VolumeId"]


def take(aws: Aws, volume: str, tags: dict[str, str]) -> str:
    """A snapshot with these tags; its id."""
    marked: list[TagTypeDef] = [{"Key": name, "Value": value} for name, value in tags.items()]
    specification: TagSpecificationTypeDef = {"ResourceType": "snapshot", "Tags": marked}
    return aws.ec2.create_snapshot(VolumeId=volume, TagSpecifications=[specification])["SnapshotId"]


def test_only_our_own_snapshots_of_the_database_are_found_and_deleted(aws: Aws, volume: str) -> None:
    """Another database's, another environment's, and those that people made by hand stay."""
    ours = backup_tags(ENVIRONMENT, LEDGER) | {BACKUP_TAG: "20261126-023000-01234567"}
    own = take(aws, volume, ours)
    others = [
        take(aws, volume, ours | backup_tags(ENVIRONMENT, SEARCH)),
        take(aws, volume, ours | backup_tags("another", LEDGER)),
        take(aws, volume, ours | {"credex:role": "by hand"}),
        take(aws, volume, {"Name": "before the migration"}),
    ]
    (found,) = own_snapshots(aws, ENVIRONMENT, LEDGER)
    assert (found.snapshot_id, found.backup) == (own, ours[BACKUP_TAG])
    assert (datetime.now(UTC) - found.started_at).total_seconds() < 3600
    for other in others:
        with pytest.raises(Refused, match="is not one that a backup of ledger made"):
            delete_own_snapshot(aws, ENVIRONMENT, LEDGER, other)
    for _ in range(2):
        delete_own_snapshot(aws, ENVIRONMENT, LEDGER, own)
    assert own_snapshots(aws, ENVIRONMENT, LEDGER) == []
    left = {one["SnapshotId"] for one in aws.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]}
    assert set(others) <= left


def test_how_long_superseded_backups_are_kept_is_what_the_bucket_says(aws: Aws) -> None:
    """Without that rule, or while it is off, nothing is said."""
    aws.s3.create_bucket(Bucket="backups", CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    store = BackupStore(aws, "backups")
    assert store.superseded_kept_days() is None
    other: LifecycleRuleTypeDef = {
        "ID": "other",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 3},
    }
    superseded: LifecycleRuleTypeDef = {
        "ID": "superseded",
        "Status": "Disabled",
        "Filter": {"Tag": {"Key": "superseded", "Value": "true"}},
        "Expiration": {"Days": 35},
    }
    enabled: LifecycleRuleTypeDef = {**superseded, "Status": "Enabled"}
    for rule, days in ((superseded, None), (enabled, 35)):
        rules: list[LifecycleRuleTypeDef] = [other, rule]
        aws.s3.put_bucket_lifecycle_configuration(Bucket="backups", LifecycleConfiguration={"Rules": rules})
        assert store.superseded_kept_days() == days
