"""Lets old EBS snapshots go, which no lifecycle rule of AWS's knows when to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prefect import get_run_logger

from models.environment import Environment
from models.names import DatabaseName
from models.retention import expired_snapshots
from systems.aws.session import Aws
from systems.aws.snapshots import delete_own_snapshot, own_snapshots
from tasks.backing_up import backup_store
from tasks.steps import look


@look("Remove old snapshots", "Remove old snapshots of {database}")
def remove_old_snapshots(environment: Environment, database: DatabaseName) -> list[str]:
    """Delete those of our snapshots that are old and superseded by a newer proven backup; gives their ids.

    How old is what the backups bucket's own rule says of superseded backups. Where it has none, all stay.
    """
    aws, store, logger = Aws(environment.aws.region), backup_store(environment), get_run_logger()
    days = store.superseded_kept_days()
    if days is None:
        logger.warning("The backups bucket lets no superseded backup expire, so that all snapshots stay.")
        return []
    snapshots = own_snapshots(aws, environment.name, database)
    old = expired_snapshots(snapshots, store.all(database), datetime.now(UTC), timedelta(days=days))
    for one in old:
        delete_own_snapshot(aws, environment.name, database, one.snapshot_id)
        logger.info("%s: removed the snapshot %s of the backup %s.", database, one.snapshot_id, one.backup)
    return [one.snapshot_id for one in old]
