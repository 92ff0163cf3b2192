"""One real server of each version for all tests of this folder, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.neo4j.server import Neo4jServer
from systems.neo4j.connection import Connection, Credentials, open_database
from tests.sandbox.neo4j.servers import LTS, NEWEST, PASSWORD, new_server, running

CREDENTIALS = Credentials(user="neo4j", password=PASSWORD)


@pytest.fixture(scope="session", params=[LTS, NEWEST])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """A server that is ready."""
    with running(new_server(request.param, tmp_path_factory.mktemp("neo4j"))) as started:
        yield started


@pytest.fixture
def credentials() -> Credentials:
    """The login that the servers accept."""
    return CREDENTIALS


@pytest.fixture
def connection(server: Neo4jServer) -> Iterator[Connection]:
    """A connection to an empty database."""
    with open_database(server.url, CREDENTIALS) as opened:
        opened.write("MATCH (n) DETACH DELETE n")
        for row in opened.read("SHOW CONSTRAINTS YIELD name RETURN 'DROP CONSTRAINT ' + name AS drop"):
            opened.write(row["drop"])
        for row in opened.read(
            "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN 'DROP INDEX ' + name AS drop"
        ):
            opened.write(row["drop"])
        yield opened
