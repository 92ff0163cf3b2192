"""Removes everything from a database that is there to be emptied: one in which a backup was proven."""

from __future__ import annotations

from typing import LiteralString

from neo4j import Query

from systems.neo4j.connection import Connection

_BATCH: LiteralString = "MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*) AS removed"
_CONSTRAINTS: LiteralString = "SHOW CONSTRAINTS YIELD name"
_INDEXES: LiteralString = "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"
"""But those that every new database has."""


def empty_database(connection: Connection) -> None:
    """Leave no node, relationship, constraint or index. Raises as `Connection.write` does."""
    while connection.write(_BATCH)[0]["removed"]:
        pass
    for kind, query in (("CONSTRAINT", _CONSTRAINTS), ("INDEX", _INDEXES)):
        for row in connection.read(query):
            quoted = row["name"].replace("`", "``")
            connection.write(Query(f"DROP {kind} `{quoted}`"))
