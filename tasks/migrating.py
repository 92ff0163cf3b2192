"""The steps of migrations: which are pending, a rehearsal on a copy of the data, and the migration itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact

from models.environment import Environment
from models.errors import MigrationFailed, Refused, ServiceUnavailable
from models.migration import AppliedMigration, Pending
from models.names import BackupId, CommitSha, DatabaseName
from models.outputs import Outputs
from models.rehearsal import Rehearsal, rehearsal_table
from systems.aws.session import Aws
from systems.aws.volumes import data_volume, delete_snapshot, snapshot_volume
from systems.github.migrations import read_migrations
from systems.neo4j.connection import Connection, open_database
from systems.neo4j.counting import read_counts
from systems.neo4j.migration_chain import applied, is_marked
from systems.neo4j.migrations import migrate, validate
from systems.neo4j.migrations_tool import find_tool
from tasks.access import database_credentials, open_repository
from tasks.answering import answering_database
from tasks.machines import telling
from tasks.proving import scratch_of_snapshot
from tasks.steps import look, step

_VALIDATION_SECONDS = 300.0


@step("Find the migrations that are pending", "Find the pending migrations of commit {commit:.12}")
def find_migrations(
    environment: Environment, outputs: Outputs, commit: CommitSha
) -> dict[DatabaseName, Pending]:
    """What each database has yet to run of a commit's migrations; nothing is written, not even a lock.

    Raises Refused for a bad file and for what does not fit what a database has run, SetUpError where
    something is pending and this machine lacks neo4j-migrations.
    """
    found = {}
    for database, migrations in read_migrations(open_repository(environment), commit).items():
        url = outputs.bolt_urls[database]
        with open_database(url, database_credentials(environment, database)) as connection:
            pending = Pending(migrations=migrations, applied=applied(connection))
        names = ", ".join(file.name for file in pending.files)
        telling(database)(f"{len(pending.applied)} migrations have run; pending: {names or 'none'}.")
        found[database] = pending
    if any(pending.files for pending in found.values()):
        find_tool()
    return found


@step("Rehearse the migrations on a copy", "Rehearse {pending.database}'s migrations on a copy")
def rehearse(environment: Environment, pending: Pending, name: BackupId) -> Rehearsal:
    """Run them on a second server with a copy of the data, made now; the database itself goes on meanwhile.

    `name` is of this run, so that a killed run's copy is found and removed. A migration that fails, or takes
    longer than the environment allows, is the rehearsal's result and no error of this step.
    """
    database = pending.database
    with _copy(environment, database, name) as url, answering_database(environment, url, database) as copy:
        _require_untouched(copy, pending)
        return _rehearse_on(environment, pending, copy)


@look("Show the rehearsals")
def show_rehearsals(environment: Environment, rehearsals: dict[DatabaseName, Rehearsal]) -> None:
    """How long the migrations took on copies and what they did, on the flow run's page."""
    create_markdown_artifact(
        f"# Migrations of {environment.name}, rehearsed on copies\n\n{rehearsal_table(rehearsals)}",
        key=f"rehearsal-{environment.name}",
        description=f"{environment.name}: migrations rehearsed",
    )


@step("Migrate the database", "Migrate {pending.database}")
def migrate_database(
    environment: Environment, url: str, pending: Pending, owns: bool = True
) -> list[AppliedMigration]:
    """Run what the database behind a Bolt URL has yet to run; safe to run again after a kill at any moment.

    `owns` says that nobody else writes to it: a new slot, not the one that serves. Raises MigrationFailed for
    the file that failed (it is rolled back; those before it stay), MigrationInDoubt where a killed run's file
    may have taken effect: then a fresh copy of the data is needed. Others as `systems.neo4j.migrations` does.
    """
    database = pending.database
    with answering_database(environment, url, database):
        done = _migrate(environment, url, pending, owns=owns)
    telling(database)(f"{len(done)} migrations ran, {sum(link.seconds for link in done):.1f} s in all.")
    return done


def _migrate(environment: Environment, url: str, pending: Pending, *, owns: bool) -> list[AppliedMigration]:
    return migrate(
        url,
        database_credentials(environment, pending.database),
        pending.migrations,
        owns=owns,
        within_seconds=environment.migration.longest_minutes * 60,
        on_progress=telling(pending.database),
    )


def _validate(environment: Environment, pending: Pending, copy: Connection) -> None:
    """Whether neo4j-migrations itself finds in the copy what we believe to be there."""
    credentials = database_credentials(environment, pending.database)
    validate(copy.url, credentials, pending.migrations, owns=True, within_seconds=_VALIDATION_SECONDS)


def _rehearse_on(environment: Environment, pending: Pending, copy: Connection) -> Rehearsal:
    before, began = read_counts(copy), time.monotonic()
    failure, seconds = None, 0.0
    try:
        _migrate(environment, str(copy.url), pending, owns=True)
        seconds = time.monotonic() - began
        _validate(environment, pending, copy)
    except (MigrationFailed, Refused) as error:
        failure, seconds = error, seconds or time.monotonic() - began
    ran = [link for link in applied(copy) if link.version in {file.version for file in pending.files}]
    get_run_logger().info(
        "%s: the rehearsal %s after %.1f s.", pending.database, "failed" if failure else "ended", seconds
    )
    return Rehearsal(
        pending=pending,
        ran=ran,
        seconds=seconds,
        before=before,
        after=read_counts(copy),
        problem=failure.problem if failure else "",
        next_step=failure.next_step if failure else "",
    )


def _require_untouched(copy: Connection, pending: Pending) -> None:
    """The next try of this step makes another copy, because this one is removed when it fails."""
    if is_marked(copy) or applied(copy) != pending.applied:
        raise ServiceUnavailable(
            f"The copy of {pending.database} is half migrated, as by a run that was killed, and is removed.",
            next_step="Start again; if it stays so, somebody migrates the database itself at the moment.",
        )


@contextmanager
def _copy(environment: Environment, database: DatabaseName, name: BackupId) -> Iterator[str]:
    """The Bolt URL of a server on a copy of the database; copy and snapshot are removed at the end."""
    aws = Aws(environment.aws.region)
    tags = {
        "credex:role": "neo4j-rehearsal",
        "credex:environment": environment.name,
        "credex:database": database.value,
        "credex:backup": name,
    }
    volume = data_volume(aws, environment.name, database, environment.slot)
    taken = snapshot_volume(aws, volume, tags, on_progress=telling(database))
    try:
        with scratch_of_snapshot(environment, database, taken.snapshot_id) as url:
            yield url
    finally:
        delete_snapshot(aws, taken.snapshot_id)
