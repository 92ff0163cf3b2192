"""One real server of each version for all tests of this folder, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.neo4j.server import Neo4jServer
from systems.neo4j.connection import Connection, Credentials, open_database
from tests.sandbox.neo4j.servers import LTS, NEWEST, PASSWORD, new_server, running
from tests.systems.neo4j.graphs import clear

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
        clear(opened)
        yield opened


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Neo4jServer, Neo4jServer]]:
    """A server of each version, ready at the same time."""
    folder = tmp_path_factory.mktemp("neo4j")
    with running(new_server(LTS, folder / "old")) as old, running(new_server(NEWEST, folder / "new")) as new:
        yield old, new


@pytest.fixture
def old(both: tuple[Neo4jServer, Neo4jServer]) -> Iterator[Connection]:
    """A connection to an empty database of the older version."""
    with open_database(both[0].url, CREDENTIALS) as opened:
        clear(opened)
        yield opened


@pytest.fixture
def new(both: tuple[Neo4jServer, Neo4jServer]) -> Iterator[Connection]:
    """A connection to an empty database of the newest version."""
    with open_database(both[1].url, CREDENTIALS) as opened:
        clear(opened)
        yield opened
