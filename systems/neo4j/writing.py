"""Whether a database takes writes: tried with a real one, in a transaction that is rolled back."""

from __future__ import annotations

from typing import LiteralString

from systems.neo4j.connection import Connection
from systems.neo4j.errors import QueryRefused

READ_ONLY = "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase"

_ACCESS: LiteralString = "SHOW HOME DATABASE YIELD access RETURN access"


def is_read_only(connection: Connection) -> bool:
    """Whether the server says so of the database; nothing is tried. Raises as `Connection.read` does."""
    rows = connection.read(_ACCESS)
    return bool(rows) and rows[0]["access"] == "read-only"


def takes_writes(connection: Connection) -> bool:
    """Whether a node can be created; a rolled back one without label or property leaves nothing behind.

    A MERGE that finds its node, or a DELETE of nothing, would pass on a read-only database too.
    Raises as `Connection.write` does for anything but the database being read-only.
    """
    try:
        connection.attempt("CREATE ()")
    except QueryRefused as error:
        if error.code == READ_ONLY:
            return False
        raise
    return True
