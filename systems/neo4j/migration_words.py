"""What neo4j-migrations says when it fails, in our words: it ends with 1 for everything, so its text is read.

Messages of the server are not repeated, as they may quote people's data; one about Cypher quotes a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from models.cypher import unique_property
from models.environment import Constraint
from models.errors import DeployError, MigrationFailed, MigrationsLocked, Refused, ServiceUnavailable
from models.migration_file import MigrationFile, shown
from systems.neo4j.connection import Connection
from systems.neo4j.errors import WrongCredentials
from systems.neo4j.schema import listing, violated

_FAILED = re.compile(r"Could not apply migration: (?P<version>[\d.]{1,100}) ")
_CODE = re.compile(r"^\s*(Neo\.[A-Za-z.]{1,150}): (.*)$", re.MULTILINE)
_SYNTAX = "Neo.ClientError.Statement.SyntaxError"
_MIXED = "Neo.ClientError.Transaction.ForbiddenDueToTransactionType"

_REASONS: Mapping[str, tuple[str, str]] = {
    "Neo.ClientError.Schema.ConstraintValidationFailed": (
        "it writes data that a constraint forbids",
        "Mend the migration, or the data in a migration before it.",
    ),
    _MIXED: (
        "it changes both schema and data",
        "Make two files of it: Neo4j cannot change both in one transaction.",
    ),
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists": (
        "a constraint or index that it makes is there already",
        "Write IF NOT EXISTS.",
    ),
    "Neo.ClientError.Schema.IndexAlreadyExists": (
        "an index stands in the way of a constraint that it makes",
        "Drop the index in a migration before it; the constraint brings its own.",
    ),
    "Neo.ClientError.Schema.ConstraintAlreadyExists": (
        "a constraint of this name or subject is there already",
        "Write IF NOT EXISTS, or choose another name.",
    ),
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": (
        "the database is read-only",
        "Lift its fence first.",
    ),
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": (
        "it needs more memory than the database has",
        "Change the data in batches: CALL (n) { ... } IN TRANSACTIONS.",
    ),
}

_UNRECORDED = (
    (
        "The client is unauthorized due to authentication failure",
        WrongCredentials,
        "neo4j-migrations may not log in with the user and password.",
        "Store the database's present password under the environment's keys, then try again.",
    ),
    (
        "Cannot create __Neo4jMigrationsLock",
        MigrationsLocked,
        "The database is locked by another run of neo4j-migrations.",
        "Wait until it has ended, then start again.",
    ),
    (
        "Unexpected migration at index",
        Refused,
        "The database has run other migrations than the commit has.",
        "Give new migrations versions after those that ran, and leave those that ran as they are.",
    ),
    (
        "More migrations have been applied to the database than locally resolved",
        Refused,
        "The database has run migrations that the commit lacks.",
        "Take a commit that has them.",
    ),
    (
        "Unable to connect to",
        ServiceUnavailable,
        "neo4j-migrations cannot connect to the database.",
        "Check that its machine runs and that its security group lets this machine in.",
    ),
)
_UNKNOWN = (
    "neo4j-migrations gives no reason, as where data violates a constraint",
    "Run its statements by hand on a copy of the data.",
)
_CHANGED = re.compile(r"Checksum of (?P<version>[\d.]{1,100}) .*changed!")


def explain(said: str, exit_code: int, file: MigrationFile, connection: Connection) -> DeployError:
    """The error for what the program said when it was to run a file; what it leaves out is looked up."""
    for words, kind, problem, next_step in _UNRECORDED:
        if words in said:
            return kind(problem, next_step=next_step)
    if changed := _CHANGED.search(said):
        return Refused(
            f"Migration {changed['version']} was changed after the database ran it.",
            next_step="Put its text back as it was, and write what is new into a migration after it.",
        )
    if _FAILED.search(said):
        return _failed(said, file, connection)
    return MigrationFailed(
        f"neo4j-migrations ended with {exit_code} before {shown(file.path)} ran, nobody knows why.",
        next_step="Run it by hand on a copy of the data (its words may quote data, and are not kept).",
    )


def _failed(said: str, file: MigrationFile, connection: Connection) -> MigrationFailed:
    """The error of a file. What is no fault of the file may be one of recording it, once it took effect."""
    told = _CODE.search(said)
    if told is None:
        found = _violation(file, connection)
        reason, next_step = found or _UNKNOWN
        at_fault = found is not None
    else:
        reason, next_step = _reason(*told.groups())
        at_fault = told[1].startswith("Neo.ClientError.")
    return MigrationFailed(
        f"{shown(file.path)} failed: {reason}.",
        next_step=next_step,
        rolled_back=at_fault and not file.stays_when_it_fails,
    )


def _reason(code: str, message: str) -> tuple[str, str]:
    """What a code of Neo4j's means, as a clause, and the way out."""
    if code == _SYNTAX:
        return f"Neo4j does not understand it: {shown(message)}", "Mend the statement."
    return _REASONS.get(code, (f"Neo4j says {code}", "Look the code up in Neo4j's status codes."))


def _violation(file: MigrationFile, connection: Connection) -> tuple[str, str] | None:
    """The program gives no reason where a constraint cannot be made: look whether the data violates it."""
    for label, key in filter(None, map(unique_property, file.statements)):
        constraint = Constraint(label=label, property=key)
        if reason := violated(connection, constraint):
            return (
                reason,
                f"List them with {listing(constraint)}; mend the data in a migration before it.",
            )
    return None
