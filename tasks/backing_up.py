"""Makes backups of a database: a dump of its copied store, a snapshot of its volume; keeps their records."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import get_run_logger
from prefect.runtime import flow_run

from models.backup import Backup, BackupKind, backup_id
from models.environment import Environment
from models.errors import Refused
from models.fingerprint import Fingerprint
from models.machine import Dump
from models.names import BackupId, DatabaseName, EnvironmentName
from systems.aws.backups import BackupStore
from systems.aws.session import Aws
from systems.aws.snapshots import BACKUP_TAG, backup_tags, is_complete
from systems.aws.volumes import data_volume, snapshot_volume
from tasks.machines import database_machine, telling
from tasks.steps import look, step


def backup_store(environment: Environment) -> BackupStore:
    """Where the environment's backups are recorded."""
    return BackupStore(Aws(environment.aws.region), environment.aws.backups_bucket)


@step("Give the backup its name")
def name_backup(environment: EnvironmentName) -> BackupId:  # noqa: ARG001 part of the result's key
    """The id of this run's backups: a run that goes on after a kill makes no second ones."""
    return backup_id(datetime.now(UTC), str(flow_run.get_id()))


@step("Dump the database", "Dump {database}")
def dump(environment: Environment, database: DatabaseName, work_id: str, name: BackupId) -> Dump:
    """Dump the copy of the closed store to S3, checked and with its SHA-256; reads go on meanwhile."""
    return database_machine(environment, database).dump(work_id, name, on_progress=telling(database))


@step("Take a snapshot of the data volume", "Take a snapshot of {database}'s volume")
def snapshot(environment: Environment, database: DatabaseName, name: BackupId) -> str:
    """An EBS snapshot of the data volume as it is now; gives its id once it is complete."""
    aws = Aws(environment.aws.region)
    tags = backup_tags(environment.name, database) | {BACKUP_TAG: name}
    volume = data_volume(aws, environment.name, database, environment.slot)
    return snapshot_volume(aws, volume, tags, on_progress=telling(database)).snapshot_id


@step("Record the backup", "Record the backup of {dump.database}")
def record_dump(
    environment: Environment, name: BackupId, dump: Dump, snapshot_id: str, fingerprint: Fingerprint
) -> Backup:
    """Keep the record of a proven dump; the backups before it may expire from now on."""
    return keep_record(
        environment,
        dump.database,
        name,
        BackupKind.DUMP,
        fingerprint,
        neo4j_version=dump.neo4j_version,
        dump=dump,
        snapshot_id=snapshot_id,
    )


@step("Record the backup", "Record the backup of {database}")
def record_snapshot(
    environment: Environment,
    database: DatabaseName,
    name: BackupId,
    snapshot_id: str,
    fingerprint: Fingerprint,
) -> Backup:
    """Keep the record of a proven snapshot; the backups before it may expire from now on."""
    return keep_record(
        environment,
        database,
        name,
        BackupKind.SNAPSHOT,
        fingerprint,
        neo4j_version=database_machine(environment, database).status(telling(database)).version,
        snapshot_id=snapshot_id,
    )


def keep_record(
    environment: Environment,
    database: DatabaseName,
    name: BackupId,
    kind: BackupKind,
    fingerprint: Fingerprint,
    *,
    neo4j_version: str,
    dump: Dump | None = None,
    snapshot_id: str | None = None,
) -> Backup:
    """Keep the record of a proven backup; a run that was killed here finds its own, made a moment earlier."""
    now = datetime.now(UTC)
    backup = Backup(
        id=name,
        environment=environment.name,
        database=database,
        kind=kind,
        dump=dump,
        snapshot_id=snapshot_id,
        fingerprint=fingerprint,
        neo4j_version=neo4j_version,
        made_at=now,
        proven_at=now,
        flow_run_id=str(flow_run.get_id()),
    )
    store = backup_store(environment)
    kept = store.add(backup)
    store.mark_superseded(kept)
    get_run_logger().info("Backup %s of %s: %s.", kept.id, kept.database, kept.where)
    return kept


@step("Find the backup", "Find the backup {name} of {database}")
def find_backup(environment: Environment, database: DatabaseName, name: BackupId) -> Backup:
    """The record of a backup. Raises Refused, naming the newest ones, when there is none of this id."""
    return backup_store(environment).get(database, name)


@look("Look whether the backup is there", "Look whether the backup {backup.id} is there")
def check_backup_is_there(environment: Environment, backup: Backup) -> None:
    """Raise Refused where what was backed up is gone, before anybody is asked or a database is fenced."""
    aws = Aws(environment.aws.region)
    if backup.dump is not None:
        backup_store(environment).require_stored(backup.dump)
    elif not is_complete(aws, str(backup.snapshot_id)):
        raise Refused(
            f"The snapshot {backup.snapshot_id} of the backup {backup.id} is gone, or not complete.",
            next_step=f"Choose another backup: credex backup list --env {environment.name}.",
        )


@step("Find the newest backup", "Find the newest backup of {database}")
def newest_backup(environment: Environment, database: DatabaseName) -> Backup:
    """The newest backup of a database. Raises Refused when there is none."""
    found = backup_store(environment).all(database)
    if not found:
        raise Refused(
            f"There is no backup of {database} in {environment.name} yet.",
            next_step=f"Make one first: credex trigger backup --env {environment.name}.",
        )
    return found[0]


@look("Remove what is left beside the data", "Remove what is left beside {database}'s data")
def clear_up(environment: Environment, database: DatabaseName) -> None:
    """Remove what fencing and restoring left beside the data; what is gone already is no error."""
    database_machine(environment, database).discard(on_progress=telling(database))
