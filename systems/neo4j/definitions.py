"""Constraints and indexes as lines, equal for the same schema on every version, with their statements."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, LiteralString

from systems.neo4j.connection import Connection

_CONSTRAINTS: LiteralString = """
CYPHER 5 SHOW CONSTRAINTS
YIELD name, type, entityType, labelsOrTypes, properties, propertyType, createStatement
"""
_INDEXES: LiteralString = """
CYPHER 5 SHOW INDEXES
YIELD name, type, state, entityType, labelsOrTypes, properties, owningConstraint, options, createStatement
WHERE owningConstraint IS NULL
RETURN name, type, state, entityType, labelsOrTypes, properties, createStatement,
       options.indexConfig AS config
"""
_MADE_UP = re.compile(r"(index|constraint)_[0-9a-f]{1,8}")
"""Names that the server gives by itself: they differ from version to version."""

_OF_VERSION = re.compile(r"vector\.(?!dimensions$|similarity_function$)")
"""Settings of vector indexes that each version has others of: they tune the search, not what is found."""


@dataclass(frozen=True)
class Definitions:
    """The schema: canonical lines, each with the statement that makes it on a server of the same version."""

    constraints: dict[str, str]
    indexes: dict[str, str]


def read_definitions(connection: Connection) -> Definitions:
    """The database's schema; raises as `Connection.read` does. Indexes of constraints belong to these."""
    return Definitions(
        constraints={_constraint(row): row["createStatement"] for row in connection.read(_CONSTRAINTS)},
        indexes={_index(row): row["createStatement"] for row in connection.read(_INDEXES)},
    )


def _constraint(row: dict[str, Any]) -> str:
    kind = " ".join(filter(None, [row["type"], row["propertyType"]]))
    return f"{kind}{_name(row['name'])} on {_subject(row, in_order=True)}"


def _index(row: dict[str, Any]) -> str:
    failed = " FAILED" if row["state"] == "FAILED" else ""
    config = {key: value for key, value in row["config"].items() if not _OF_VERSION.match(key)}
    settings = f" {json.dumps(config, sort_keys=True)}" if config else ""
    subject = _subject(row, in_order=row["type"] != "FULLTEXT")
    return f"{row['type']}{_name(row['name'])} on {subject}{settings}{failed}"


def _name(name: str) -> str:
    return "" if _MADE_UP.fullmatch(name) else f" {_quoted(name)}"


def _subject(row: dict[str, Any], *, in_order: bool) -> str:
    """What it is for, such as `NODE Account (key)`; the order counts where properties are looked up."""
    names, properties = row["labelsOrTypes"] or [], row["properties"] or []
    if not in_order:
        names, properties = sorted(names), sorted(properties)
    listed = f" ({', '.join(map(_quoted, properties))})" if properties else ""
    return " ".join([row["entityType"], *filter(None, ["|".join(map(_quoted, names))])]) + listed


def _quoted(name: str) -> str:
    return name if name.isidentifier() else "`" + name.replace("`", "``") + "`"
