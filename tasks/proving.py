"""Proves data: what is in a database, and that a backup restored into a scratch server holds the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_run_logger

from models.backup import Backup
from models.database import DatabaseIdentity
from models.environment import Environment
from models.fingerprint import Fingerprint
from models.machine import Dump
from models.names import DatabaseName
from models.outputs import Outputs
from models.sameness import DataDiffers, require_same_data
from systems.neo4j.connection import open_database
from systems.neo4j.fingerprint import read_fingerprint
from systems.neo4j.identity import read_identity
from tasks.access import database_credentials
from tasks.answering import answering_database
from tasks.machines import database_machine, telling
from tasks.snapshot_copies import SnapshotCopy, copy_of_snapshot
from tasks.steps import step

_DO_NOT_RELY = "Do not rely on this backup; look at the volume's health, and back up again."


@step("Read what is in the database", "Read what is in {database} {moment}")
def read_data(
    environment: Environment,
    outputs: Outputs,
    database: DatabaseName,
    moment: str,  # noqa: ARG001 part of the result's key
) -> Fingerprint:
    """The fingerprint of the whole database, kept for this moment of the run.

    Raises ServiceUnavailable when it does not answer.
    """
    return fingerprint_at(environment, outputs.bolt_urls[database], database)


@step("Prove the dump by restoring it", "Restore {dump.database}'s dump into a scratch server and compare")
def prove_dump(environment: Environment, dump: Dump, expected: Fingerprint) -> Fingerprint:
    """What the stored dump holds, read from a scratch server that was made of it alone.

    Raises DataDiffers when that is not what is expected.
    """
    return restored_dump(environment, dump, expected)


def restored_dump(environment: Environment, dump: Dump, expected: Fingerprint) -> Fingerprint:
    """What a dump in S3 holds, restored beside its database; raises DataDiffers for something unexpected."""
    database = dump.database
    machine, tell = database_machine(environment, database), telling(database)
    url = machine.start_scratch(dump, on_progress=tell)
    try:
        found = fingerprint_at(environment, url, database)
    finally:
        machine.stop_scratch(on_progress=tell)
    require_same_data(f"The restored dump of {database}", found, expected, next_step=_DO_NOT_RELY)
    tell("the restored dump holds the same data.")
    return found


@step("Remember where the database stands", "Remember where {database} stands {moment}")
def mark_moment(
    environment: Environment,
    outputs: Outputs,
    database: DatabaseName,
    moment: str,  # noqa: ARG001 part of the result's key
) -> DatabaseIdentity:
    """Which database this is and its last transaction, as a living one cannot be compared with a copy."""
    url = outputs.bolt_urls[database]
    with open_database(url, database_credentials(environment, database)) as connection:
        return read_identity(connection)


@step("Prove the snapshot by starting Neo4j on a copy", "Start Neo4j on a copy of {database}'s volume")
def prove_snapshot(
    environment: Environment,
    database: DatabaseName,
    snapshot_id: str,
    earliest: DatabaseIdentity,
    latest: DatabaseIdentity,
) -> Fingerprint:
    """What a snapshot holds, which must be the database as it was at some time between two looks at it.

    Raises DataDiffers for another database, one that lacks what was written before the snapshot, or one that
    differs although nothing was written meanwhile.
    """
    with scratch_of_snapshot(environment, database, snapshot_id) as url:
        found = fingerprint_at(environment, url, database)
    problem = found.identity.missing_of(earliest, latest)
    if problem:
        raise DataDiffers(
            f"The snapshot of {database} cannot be relied on: {problem}.", next_step=_DO_NOT_RELY
        )
    telling(database)("the snapshot's copy holds the database as it was.")
    return found


def restored_snapshot(
    environment: Environment, database: DatabaseName, snapshot_id: str, expected: Fingerprint
) -> Fingerprint:
    """What a snapshot holds now; raises DataDiffers where that is not what it was proven to hold."""
    with copy_of_snapshot(environment, database, snapshot_id) as copy:
        return _proven_again(environment, copy, expected)


@step("Make a dump of the snapshot", "Make a dump of {backup.database}'s snapshot")
def dump_of_snapshot(environment: Environment, backup: Backup) -> Backup:
    """The backup with a dump in S3 of what its snapshot holds, compared with what it was proven to hold.

    The database serves on meanwhile. Raises DataDiffers where the snapshot holds something else.
    """
    with copy_of_snapshot(environment, backup.database, str(backup.snapshot_id)) as copy:
        _proven_again(environment, copy, backup.fingerprint)
        return backup.model_copy(update={"dump": copy.dump(backup.id)})


@contextmanager
def scratch_of_snapshot(environment: Environment, database: DatabaseName, snapshot_id: str) -> Iterator[str]:
    """The Bolt URL of a scratch server on a copy of a snapshot's volume; both are removed at the end."""
    with copy_of_snapshot(environment, database, snapshot_id) as copy:
        yield copy.start()


def _proven_again(environment: Environment, copy: SnapshotCopy, expected: Fingerprint) -> Fingerprint:
    found = fingerprint_at(environment, copy.start(), copy.database)
    require_same_data(f"The snapshot of {copy.database}", found, expected, next_step=_DO_NOT_RELY)
    return found


def fingerprint_at(environment: Environment, url: str, database: DatabaseName) -> Fingerprint:
    """The fingerprint of the database behind a Bolt URL, once it lets us log in."""
    with answering_database(environment, url, database) as connection:
        found = read_fingerprint(connection, telling(database))
    get_run_logger().info(
        "%s holds %d nodes and %d relationships, checksums %s and %s.",
        database,
        found.identity.node_count,
        found.identity.relationship_count,
        found.nodes_checksum[:12],
        found.relationships_checksum[:12],
    )
    return found
