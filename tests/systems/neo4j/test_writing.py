"""Whether a database takes writes is found by a write, which leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from systems.neo4j.connection import Connection, open_database
from systems.neo4j.identity import read_identity
from systems.neo4j.writing import is_read_only, takes_writes
from tests.sandbox.neo4j.servers import LTS, NEWEST, new_server, running
from tests.systems.neo4j.conftest import CREDENTIALS

pytestmark = pytest.mark.sandbox


def test_a_write_that_is_tried_leaves_nothing_behind(connection: Connection) -> None:
    """No node, and no transaction: the database is the same to whoever compares it."""
    before = read_identity(connection)
    assert takes_writes(connection)
    assert not is_read_only(connection)
    assert read_identity(connection) == before


@pytest.mark.parametrize("version", [LTS, pytest.param(NEWEST, marks=pytest.mark.exhaustive)])
def test_a_fenced_database_takes_no_write_and_is_read(version: str, tmp_path: Path) -> None:
    """The setting that the fence sets, after a start that could still write."""
    server = new_server(version, tmp_path)
    with running(server), open_database(server.url, CREDENTIALS) as connection:
        connection.write("CREATE (:Member)")
    server.settings = {"server.databases.default_to_read_only": "true"}
    with running(server), open_database(server.url, CREDENTIALS) as connection:
        assert not takes_writes(connection)
        assert is_read_only(connection)
        assert read_identity(connection).node_count == 1
