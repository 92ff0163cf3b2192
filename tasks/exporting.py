"""Backs up databases that run elsewhere: exported over Bolt, stored, proven by importing what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from models.backup import Backup, BackupKind
from models.environment import Environment
from models.errors import DeployError, Refused
from models.fingerprint import Fingerprint
from models.machine import Dump
from models.names import BackupId, DatabaseName
from models.sameness import require_imported
from systems.aws.exports import ExportStore, Filled
from systems.aws.session import Aws
from systems.neo4j.connection import Connection, open_database
from systems.neo4j.emptying import empty_database
from systems.neo4j.export import export_database
from systems.neo4j.identity import read_identity
from systems.neo4j.importing import import_database, require_empty
from tasks.access import database_credentials, proving_credentials
from tasks.backing_up import backup_store, keep_record
from tasks.machines import telling
from tasks.steps import step
from tasks.workspace import run_folder

MOST_TRIES = 5
"""How often an export is made anew because somebody wrote meanwhile."""


class Exported(BaseModel):
    """An export that is stored, and what the database held that it was made of."""

    model_config = ConfigDict(frozen=True)

    stored: Dump
    fingerprint: Fingerprint


@step("Export the database to S3", "Export {database} to S3")
def export(environment: Environment, database: DatabaseName, name: BackupId) -> Exported:
    """The whole database as one file in the backups bucket, in a state that it really had.

    Raises DeployError when somebody wrote during each try.
    """
    tell, url = telling(database), environment.elsewhere[database]
    with _scratch_file(database) as path:
        for _ in range(MOST_TRIES):
            with open_database(url, database_credentials(environment, database)) as connection:
                made = export_database(connection, path, tell)
            if made.proven:
                stored = export_store(environment).put(database, name, path, made)
                tell(f"{stored.size_bytes} bytes stored as {stored.key}.")
                return Exported(stored=stored, fingerprint=made.fingerprint)
            tell("somebody wrote meanwhile, so it is exported once more.")
    raise DeployError(
        f"{database} was written to during each of {MOST_TRIES} exports.",
        next_step="Back it up at a quieter time, or stop the application meanwhile.",
    )


@step("Prove the export by importing it", "Import {exported.stored.database}'s export and compare")
def prove_export(environment: Environment, exported: Exported) -> Fingerprint:
    """What the stored export holds, imported into the proving database, which is emptied again.

    Raises DataDiffers when that is not what was exported, and Refused, before anything is written, when the
    proving database is not empty.
    """
    return imported_export(environment, exported.stored, exported.fingerprint)


def imported_export(environment: Environment, stored: Dump, expected: Fingerprint) -> Fingerprint:
    """What an export in S3 holds; raises as `prove_export` does."""
    database, tell = stored.database, telling(stored.database)
    with _scratch_file(database) as path:
        backup_store(environment).fetch(stored, path)
        with _proving_database(environment, database) as connection:
            done = import_database(connection, path, tell)
    require_imported(
        f"The imported export of {database}",
        done.model_copy(update={"exported": expected}),
        next_step="Do not rely on this backup; back up again.",
    )
    tell("the imported export holds the same data.")
    return done.imported


@step("Record the backup", "Record the backup of {database}")
def record_export(
    environment: Environment, database: DatabaseName, name: BackupId, exported: Exported
) -> Backup:
    """Keep the record of a proven export; the backups before it may expire from now on."""
    return keep_record(
        environment,
        database,
        name,
        BackupKind.EXPORT,
        exported.fingerprint,
        neo4j_version=exported.stored.neo4j_version,
        dump=exported.stored,
    )


def export_store(environment: Environment) -> ExportStore:
    """Where the environment's exports are kept."""
    return ExportStore(Aws(environment.aws.region), environment.aws.backups_bucket)


@contextmanager
def _scratch_file(database: DatabaseName) -> Iterator[Path]:
    """A file of this run that holds data in clear for as long as it is needed."""
    path = run_folder() / f"{database}.export"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _proving_database(environment: Environment, database: DatabaseName) -> Iterator[Connection]:
    """A connection to the proving database, which is emptied at the end.

    What a killed run left in it is removed first: by the note that it made, and in no other database.
    """
    store, proving = export_store(environment), environment.proving.get(database)
    if proving is None:
        raise Refused(
            f"There is no database in which exports of {database} could be proven.",
            next_step=f"Name an empty one under databases.{database}.proving.",
        )
    with open_database(proving.url, proving_credentials(environment, database)) as connection:
        there = Filled(database_id=read_identity(connection).database_id)
        if store.noted(database) == there:
            telling(database)("a killed run left data in the proving database; it is removed.")
            empty_database(connection)
        require_empty(connection)
        store.note(database, there)
        try:
            yield connection
        finally:
            empty_database(connection)
            store.note(database, Filled())
