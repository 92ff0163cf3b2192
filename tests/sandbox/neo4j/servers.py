"""Real servers for tests: on addresses that no other test run on this machine uses, ready when handed out."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neo4j import Driver, GraphDatabase

from sandbox.neo4j.server import Neo4jServer
from systems.waiting import Pace, wait_for

LTS = "5.26.30"
NEWEST = "2026.08.1"
PASSWORD = "correct-horse-battery"

_numbers = itertools.count(1)


def own_address() -> str:
    """A loopback address for one server of this test process."""
    pid = os.getpid()
    return f"127.{210 + next(_numbers) % 40}.{pid // 250 % 250 + 1}.{pid % 250 + 1}"


def new_server(
    version: str, folder: Path, *, data: Path | None = None, settings: dict[str, str] | None = None
) -> Neo4jServer:
    """A server that was not started yet, with its home and log below `folder`."""
    home = folder / f"home-{version}"
    return Neo4jServer(
        version, own_address(), home, data or folder / "data", folder / f"{version}.log", settings=settings
    )


@contextmanager
def running(server: Neo4jServer) -> Iterator[Neo4jServer]:
    """Start the server, wait until it is ready, and stop it at the end, whatever happens in between."""
    if not server.has_password:
        server.set_initial_password(PASSWORD)
    server.start()
    try:
        wait_until_ready(server)
        yield server
    finally:
        server.stop()


def wait_until_ready(server: Neo4jServer) -> None:
    """Fail with the server's own log when it ends or does not come up."""
    ready = wait_for(
        lambda: True if server.ready() or server.poll() is not None else None,
        Pace(deadline_seconds=300, interval_seconds=0.1),
    )
    assert ready, f"{server.url} is not ready: {server.log.read_text()[-2000:]}"
    assert server.poll() is None, server.log.read_text()[-2000:]


@contextmanager
def driver(server: Neo4jServer, password: str = PASSWORD) -> Iterator[Driver]:
    """Neo4j's own driver, logged in."""
    with GraphDatabase.driver(server.url, auth=("neo4j", password)) as opened:
        opened.verify_connectivity()
        yield opened
