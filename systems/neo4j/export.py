"""A whole database as one file, over Bolt: for databases without a machine that could dump them, as on Aura.

Reads over Bolt are no snapshot: the export is proven only if the last transaction is the same before and
after, so writes must be stopped, or the export made again until nobody wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from models.export import Export
from systems.neo4j.connection import Connection
from systems.neo4j.elements import nodes, relationships
from systems.neo4j.export_file import ExportWriter, new_file, sha256_of
from systems.neo4j.fingerprint import reading


def export_database(connection: Connection, path: Path, on_progress: Callable[[str], None]) -> Export:
    """Write the database to the file `path`, which is there only when it is complete.

    `Export.proven` is False when somebody wrote meanwhile. Raises as `read_fingerprint` does, and SetUpError
    when the disk is full.
    """
    version = connection.server_info().version
    with new_file(path) as file, reading(connection, on_progress) as in_progress:
        writer = ExportWriter(file)
        writer.header(version, in_progress.definitions)
        for batch in nodes(connection):
            writer.rows(((number,) for number, _, _ in batch), in_progress.take_nodes(batch))
        writer.end_of_rows()
        for edges in relationships(connection):
            contents = in_progress.take_relationships(edges)
            writer.rows(((start, end) for start, end, _, _ in edges), contents)
        writer.end_of_rows()
        fingerprint = in_progress.fingerprint()
        writer.finish(fingerprint)
    return Export(
        fingerprint=fingerprint,
        neo4j_version=version,
        size_bytes=path.stat().st_size,
        sha256=sha256_of(path),
    )
