"""An export back into an empty database, with the proof that it holds the same afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString, TypeVar

from neo4j import Query

from models.errors import Refused
from models.export import Import
from systems.neo4j.connection import Connection
from systems.neo4j.definitions import Definitions, read_definitions
from systems.neo4j.errors import QueryRefused
from systems.neo4j.export_file import ExportReader, open_export
from systems.neo4j.fingerprint import read_fingerprint
from systems.neo4j.identity import read_identity
from systems.neo4j.node_table import NumberTable
from systems.waiting import Progress

Row = TypeVar("Row")

_BATCH_ROWS = 2000
_BATCH_BYTES = 4 << 20
"""What one transaction writes at most, give or take one element: servers hold it in memory."""

_TELL_EVERY_SECONDS = 10.0
_NODES: LiteralString = """
CYPHER 5 UNWIND $rows AS row CREATE (n) SET n = row[2], n:$(row[1]) RETURN row[0] AS number, id(n) AS new
"""
_RELATIONSHIPS: LiteralString = """
CYPHER 5 UNWIND $rows AS row
MATCH (start) WHERE id(start) = row[0]
MATCH (end) WHERE id(end) = row[1]
CREATE (start)-[r:$(row[2])]->(end) SET r = row[3]
"""
_INDEXES_ONLINE: LiteralString = "CALL db.awaitIndexes(86400)"
_BY_DEFAULT = "LOOKUP"
"""The indexes that every new database has."""


def import_database(connection: Connection, path: Path, on_progress: Progress) -> Import:
    """Load an export and read back what the database holds then; `Import.proven` compares the two.

    Raises Refused, before anything is written, for a damaged file and for a database that is not empty; else
    as `Connection.write` and `read_fingerprint` do, with part of the data written.
    """
    with open_export(path) as export, NumberTable() as numbers:
        require_empty(connection)
        loading = _Loading(connection, export, numbers, on_progress)
        loading.nodes()
        loading.relationships()
        refused = _define(connection, export.definitions)
        on_progress("All is written; reading it back.")
        return Import(
            exported=export.fingerprint(),
            imported=read_fingerprint(connection, on_progress),
            refused=refused,
            relationships_without_ends=loading.without_ends,
        )


def require_empty(connection: Connection) -> None:
    """Raise Refused for a database in which anything is but what every new one has."""
    definitions = read_definitions(connection)
    indexes = [line for line in definitions.indexes if not line.startswith(_BY_DEFAULT)]
    if read_identity(connection).node_count or definitions.constraints or indexes:
        raise Refused(
            f"The database at {connection.url} is not empty: an export is imported into an empty one only.",
            next_step="Make a new database (on Aura an instance) and import there; after an import that "
            "was interrupted, too.",
        )


class _Loading:
    """The rows of an export on their way into the database."""

    def __init__(
        self, connection: Connection, export: ExportReader, numbers: NumberTable, on_progress: Progress
    ) -> None:
        self.without_ends = 0
        self._connection = connection
        self._export = export
        self._numbers = numbers
        self._on_progress = on_progress
        self._told_at = time.monotonic()

    def nodes(self) -> None:
        """Write all nodes, and remember which became which."""
        for rows in self._batches(self._export.nodes(), "nodes"):
            self._numbers.make_room(max(row[0] for row in rows))
            for made in self._connection.write(_NODES, rows=rows):
                self._numbers.set_number(made["number"], made["new"])

    def relationships(self) -> None:
        """Write all relationships between nodes that were written."""
        for rows in self._batches(self._export.relationships(), "relationships"):
            placed = [placed for row in rows if (placed := self._placed(*row))]
            self.without_ends += len(rows) - len(placed)
            self._connection.write(_RELATIONSHIPS, rows=placed)

    def _placed(self, start: int, end: int, kind: str, properties: dict[str, Any]) -> list[Any] | None:
        new_start, new_end = self._numbers.number(start), self._numbers.number(end)
        return None if new_start is None or new_end is None else [new_start, new_end, kind, properties]

    def _batches(self, rows: Iterator[Row], what: str) -> Iterator[list[Row]]:
        batch: list[Row] = []
        written, began_at = 0, self._export.bytes_read
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH_ROWS or self._export.bytes_read - began_at >= _BATCH_BYTES:
                yield batch
                written += len(batch)
                self._tell(f"{written} {what} written.")
                batch, began_at = [], self._export.bytes_read
        if batch:
            yield batch

    def _tell(self, text: str) -> None:
        if time.monotonic() - self._told_at >= _TELL_EVERY_SECONDS:
            self._on_progress(text)
            self._told_at = time.monotonic()


def _define(connection: Connection, wanted: Definitions) -> list[str]:
    """Make constraints and indexes, after the data as that is faster; what the server refuses, with its code.

    Some settings of vector indexes are refused by an older server than the one they come from.
    """
    existing = read_definitions(connection)
    missing = {
        **{line: text for line, text in wanted.constraints.items() if line not in existing.constraints},
        **{line: text for line, text in wanted.indexes.items() if line not in existing.indexes},
    }
    refused = []
    for line, statement in missing.items():
        try:
            connection.write(Query(statement))
        except QueryRefused as error:
            refused.append(f"{line}: {error.code}")
    connection.read(_INDEXES_ONLINE)
    return refused
