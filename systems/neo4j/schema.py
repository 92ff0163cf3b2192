"""Uniqueness constraints: which are missing, and making them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

from neo4j import Query

from models.database import CreatedConstraints
from models.environment import Constraint
from models.errors import SetUpError
from systems.neo4j.connection import Connection
from systems.neo4j.errors import QueryRefused

_KINDS = ["UNIQUENESS", "NODE_PROPERTY_UNIQUENESS", "NODE_KEY"]
"""What makes a property unique: Cypher 5's word, Cypher 25's, and the Enterprise edition's stronger form."""

_EXISTING: LiteralString = """
SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties
WHERE type IN $kinds AND size(labelsOrTypes) = 1 AND size(properties) = 1
RETURN labelsOrTypes[0] AS label, properties[0] AS property
"""
_VIOLATED = "Neo.DatabaseError.Schema.ConstraintCreationFailed"
_HAS_INDEX = "Neo.ClientError.Schema.IndexAlreadyExists"


def missing_constraints(connection: Connection, constraints: Sequence[Constraint]) -> list[str]:
    """Those of the constraints that the database lacks, as Label.property; reads only."""
    existing = _existing(connection)
    return [_title(constraint) for constraint in constraints if _pair(constraint) not in existing]


def create_constraints(connection: Connection, constraints: Sequence[Constraint]) -> CreatedConstraints:
    """Make the constraints that the database lacks; a second run makes none.

    Raises SetUpError where the data violates one, or something else stands in its place; the constraints
    before it are made then.
    """
    existing = _existing(connection)
    lacking = [constraint for constraint in constraints if _pair(constraint) not in existing]
    for constraint in lacking:
        _create(connection, constraint)
    if still_missing := missing_constraints(connection, lacking):
        raise SetUpError(
            f"The database has other constraints under the names of those for {', '.join(still_missing)}.",
            next_step="Rename or drop them: SHOW CONSTRAINTS lists their names, which end in _unique.",
        )
    return CreatedConstraints(
        created=[_title(constraint) for constraint in lacking],
        existing=[_title(constraint) for constraint in constraints if _pair(constraint) in existing],
    )


def _existing(connection: Connection) -> set[tuple[str, str]]:
    """Label and property of each; others than ours may be called as we would call none."""
    return {(row["label"], row["property"]) for row in connection.read(_EXISTING, kinds=_KINDS)}


def _pair(constraint: Constraint) -> tuple[str, str]:
    return constraint.label, constraint.property


def _create(connection: Connection, constraint: Constraint) -> None:
    label, key = constraint.label, constraint.property
    name = f"{label}_{key}_unique"
    try:
        connection.write(
            _query(f"CREATE CONSTRAINT `{name}` IF NOT EXISTS FOR (n:`{label}`) REQUIRE n.`{key}` IS UNIQUE")
        )
    except QueryRefused as error:
        raise _explained(connection, constraint, error) from None


def violated(connection: Connection, constraint: Constraint) -> str | None:
    """That the data violates a constraint, in a clause with numbers; None where it does not."""
    values, nodes = _violations(connection, constraint)
    title = _title(constraint)
    return f"{title} cannot be made unique: {nodes} nodes share {values} of its values" if values else None


def _explained(connection: Connection, constraint: Constraint, error: QueryRefused) -> Exception:
    title = _title(constraint)
    if error.code == _VIOLATED:
        return SetUpError(
            f"{violated(connection, constraint) or f'{title} cannot be made unique'}.",
            next_step=f"List them with {listing(constraint)}; mend the data, then run this again.",
        )
    if error.code == _HAS_INDEX:
        return SetUpError(
            f"{title} has an index of its own, which stands in the way of its constraint.",
            next_step="Drop the index (SHOW INDEXES gives its name); the constraint brings its own.",
        )
    return error


def _violations(connection: Connection, constraint: Constraint) -> tuple[int, int]:
    """How many values occur more than once, and in how many nodes together."""
    row = connection.read(
        _query(f"{_duplicates(constraint)} RETURN count(value) AS values, coalesce(sum(nodes), 0) AS nodes")
    )[0]
    return row["values"], row["nodes"]


def listing(constraint: Constraint) -> str:
    """The query that lists the values which stand in the way of a constraint."""
    return f"{_duplicates(constraint)} RETURN value, nodes"


def _duplicates(constraint: Constraint) -> str:
    label, key = constraint.label, constraint.property
    return (
        f"MATCH (n:`{label}`) WHERE n.`{key}` IS NOT NULL "
        f"WITH n.`{key}` AS value, count(*) AS nodes WHERE nodes > 1"
    )


def _query(text: str) -> Query:
    """A statement with names in it, which no parameter can carry: `CypherName` allows no backtick."""
    return Query(text)


def _title(constraint: Constraint) -> str:
    return f"{constraint.label}.{constraint.property}"
