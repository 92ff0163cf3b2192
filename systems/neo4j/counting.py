"""How much is in a database, from its count store: quick however much there is."""

from __future__ import annotations

from typing import Any, LiteralString

from models.rehearsal import Counts
from systems.neo4j.connection import Connection
from systems.neo4j.definitions import read_definitions

_COUNTS: LiteralString = "CALL db.stats.retrieve('GRAPH COUNTS') YIELD data RETURN data"
_OF_THE_TOOL = ("__Neo4jMigration", "__CredexMigration")
_TOOLS_TYPES = frozenset({"MIGRATED_TO", "REPEATED"})
_ENDS = frozenset({"startLabel", "endLabel"})
"""Rows with one of these count relationships again, by the labels at their ends."""


def read_counts(connection: Connection) -> Counts:
    """Nodes and relationships by kind, constraints and indexes; raises as `Connection.read` does."""
    data = connection.read(_COUNTS)[0]["data"]
    definitions = read_definitions(connection)
    labels = _by(data["nodes"], "label")
    types = _by([row for row in data["relationships"] if not row.keys() & _ENDS], "relationshipType")
    own = sum(count for label, count in labels.items() if _is_tools(label))
    own_types = sum(count for kind, count in types.items() if kind in _TOOLS_TYPES)
    return Counts(
        nodes=_total(data["nodes"]) - own,
        relationships=_total(data["relationships"]) - own_types,
        labels={label: count for label, count in labels.items() if count and not _is_tools(label)},
        relationship_types={
            kind: count for kind, count in types.items() if count and kind not in _TOOLS_TYPES
        },
        constraints=_number(definitions.constraints),
        indexes=_number(definitions.indexes),
    )


def _by(rows: list[dict[str, Any]], kind: str) -> dict[str, int]:
    return {row[kind]: int(row["count"]) for row in rows if kind in row}


def _total(rows: list[dict[str, Any]]) -> int:
    return next((int(row["count"]) for row in rows if row.keys() == {"count"}), 0)


def _number(lines: dict[str, str]) -> int:
    return sum(1 for line in lines if not any(name in line for name in _OF_THE_TOOL))


def _is_tools(label: str) -> bool:
    return label.startswith(_OF_THE_TOOL)
