"""What a database tells of its migrations: those that ran, who is at it, and our mark of the one that runs.

neo4j-migrations keeps its chain and its lock as nodes. It records a migration after that took effect, in
another transaction: for a run that was killed the mark tells whether anything was committed since it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

from models.errors import MigrationInDoubt, MigrationsLocked
from models.migration import AppliedMigration
from models.migration_file import shown
from systems.neo4j.connection import Connection
from systems.neo4j.identity import transaction_of
from systems.waiting import Pace, wait_for

_APPLIED: LiteralString = """
MATCH (:__Neo4jMigration)-[r:MIGRATED_TO]->(n:__Neo4jMigration)
RETURN coalesce(toString(n.version), '') AS version, coalesce(toString(n.description), '') AS description,
       toString(n.checksum) AS checksum, coalesce(toString(n.source), '') AS source,
       coalesce(r.`in`.milliseconds, 0) / 1000.0 AS seconds
ORDER BY r.at
"""
_LOCKS: LiteralString = "MATCH (l:__Neo4jMigrationsLock) RETURN count(l) AS locks"
_UNLOCK: LiteralString = "MATCH (l:__Neo4jMigrationsLock) DETACH DELETE l"
_AT_WORK: LiteralString = """
CALL dbms.listConnections() YIELD userAgent
WHERE userAgent STARTS WITH 'neo4j-migrations' RETURN count(*) AS tools
"""
_MARK: LiteralString = """
MERGE (m:__CredexMigration) SET m.version = $version, m.transaction = $transaction
"""
_MARKED: LiteralString = """
MATCH (m:__CredexMigration)
RETURN toString(m.version) AS version, toInteger(m.transaction) AS transaction
"""
_UNMARK: LiteralString = "MATCH (m:__CredexMigration) DETACH DELETE m"

_ENDING = Pace(deadline_seconds=60, interval_seconds=0.5)
"""How long the program of a run that was killed may take to roll back and end."""

_NOT_BEGUN = -1
_BY_ITS_LOCK, _BY_ITS_LOCK_AND_RELEASE = 1, 2
"""How many transactions neo4j-migrations itself commits around a migration that did not take effect."""


@dataclass(frozen=True)
class _Mark:
    version: str
    transaction: int


def applied(connection: Connection) -> list[AppliedMigration]:
    """What the database has run, in that order; reads only, and raises as `Connection.read` does."""
    return [AppliedMigration(**row) for row in connection.read(_APPLIED)]


def is_locked(connection: Connection) -> bool:
    """Whether neo4j-migrations' lock is there, be its holder alive or not."""
    return int(connection.read(_LOCKS)[0]["locks"]) > 0


def is_at_work(connection: Connection) -> bool:
    """Whether a neo4j-migrations is connected to the server."""
    return int(connection.read(_AT_WORK)[0]["tools"]) > 0


def take_over(connection: Connection, *, owns: bool) -> None:
    """Clear up after a run that was killed: remove its lock and its mark.

    `owns` says that nobody else can be writing to the database. Raises MigrationsLocked where the lock must
    be left alone, MigrationInDoubt where the killed run's migration may have taken effect.
    """
    if wait_for(lambda: True if not is_at_work(connection) else None, _ENDING) is None:
        raise MigrationsLocked(
            f"A neo4j-migrations is at work on {connection.url}.",
            next_step="Wait until it has ended, then start again.",
        )
    locked = is_locked(connection)
    if locked and not owns:
        raise MigrationsLocked(
            f"A migration that was killed, or one that runs elsewhere, has locked {connection.url}.",
            next_step="Once nobody migrates it, run MATCH (l:__Neo4jMigrationsLock) DELETE l there; then "
            "start again.",
        )
    _require_certainty(connection, locked=locked, owns=owns)
    if locked:
        connection.write(_UNLOCK)
    unmark(connection)


def mark(connection: Connection, version: str) -> None:
    """Note that a migration is about to run, and what was the last transaction before it."""
    connection.write(_MARK, version=version, transaction=_NOT_BEGUN)
    before = _last_transaction(connection)
    connection.write(_MARK, version=version, transaction=before + 1)


def unmark(connection: Connection) -> None:
    """Remove the note, once it is known what became of the migration."""
    if is_marked(connection):
        connection.write(_UNMARK)


def is_marked(connection: Connection) -> bool:
    """Whether a run began a migration here and never told what became of it."""
    return bool(connection.read(_MARKED))


def _require_certainty(connection: Connection, *, locked: bool, owns: bool) -> None:
    rows = connection.read(_MARKED)
    if not rows:
        return
    noted = _Mark(**rows[0])
    recorded = noted.version in {link.version for link in applied(connection)}
    if recorded or noted.transaction == _NOT_BEGUN:
        return
    since = _last_transaction(connection) - noted.transaction
    of_the_tool = _BY_ITS_LOCK if locked else _BY_ITS_LOCK_AND_RELEASE
    if owns and 0 <= since <= of_the_tool:
        return
    raise MigrationInDoubt(
        f"A run was killed while migration {shown(noted.version)} ran on {connection.url}, which may have "
        "taken effect without being recorded.",
        next_step="Begin again with a fresh copy of the data. Where there can be none, see whether it took "
        "effect; if it did not, run MATCH (m:__CredexMigration) DELETE m, and start again.",
    )


def _last_transaction(connection: Connection) -> int:
    """Zero where the server does not tell, which leaves nothing certain."""
    return transaction_of(connection.bookmark()) or 0
