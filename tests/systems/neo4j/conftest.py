"""One real server of each version for all tests of this folder, emptied for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from sandbox.neo4j.server import Neo4jServer
from systems.neo4j.connection import Connection, Credentials, open_database
from tests.sandbox.neo4j.servers import LTS, NEWEST, PASSWORD, new_server, running
from tests.systems.neo4j.graphs import clear

CREDENTIALS = Credentials(user="neo4j", password=PASSWORD)


@pytest.fixture(scope="session")
def server_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Neo4jServer]]:
    """Gives the one server of a version, which is started when it is first asked for."""
    with ExitStack() as started:

        @cache
        def server_of_version(version: str) -> Neo4jServer:
            return started.enter_context(running(new_server(version, tmp_path_factory.mktemp("neo4j"))))

        yield server_of_version


@pytest.fixture(params=[LTS, NEWEST])
def server(request: pytest.FixtureRequest, server_of: Callable[[str], Neo4jServer]) -> Neo4jServer:
    """A server that is ready, of each version in turn."""
    return server_of(request.param)


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


@pytest.fixture
def both(server_of: Callable[[str], Neo4jServer]) -> tuple[Neo4jServer, Neo4jServer]:
    """A server of each version."""
    return server_of(LTS), server_of(NEWEST)


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
