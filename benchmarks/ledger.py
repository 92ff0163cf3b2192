"""A database to measure on: Neo4j's LTS version with accounts, and twice as many debts between them."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from benchmarks import apoc
from models.errors import ServiceUnavailable
from sandbox.neo4j.server import Neo4jServer
from systems.neo4j.connection import Connection, Credentials, open_database, wait_for_login

_VERSION = "5.26.30"
_ADDRESS = "127.99.0.1"
_START_SECONDS = 300
_ACCOUNTS: LiteralString = """
UNWIND range($first, $last) AS i CALL (i) {
  CREATE (:Account {key: i, name: 'account ' + i, balance: i * 0.37, active: i % 3 = 0,
                    opened: datetime('2024-01-01T00:00:00Z') + duration({seconds: i})})
} IN TRANSACTIONS OF 10000 ROWS
"""
_DEBTS: LiteralString = """
UNWIND range(2 * $first, 2 * $last + 1) AS i CALL (i) {
  MATCH (a:Account {key: i / 2}), (b:Account {key: (i * 7 + 1) % ($last + 1)})
  CREATE (a)-[:OWES {amount: i * 1.5, due: date('2024-01-01')}]->(b)
} IN TRANSACTIONS OF 10000 ROWS
"""


@dataclass(frozen=True)
class Ledger:
    """A server with APOC, and a way to it."""

    connection: Connection
    exports: Path
    """Where APOC writes files."""


@contextmanager
def empty_ledger() -> Iterator[Ledger]:
    """A server of its own for the time of a `with`. Raises ServiceUnavailable when it does not come up."""
    with tempfile.TemporaryDirectory(prefix="credex-bench-") as folder:
        place = Path(folder)
        home = place / "home"
        home.mkdir()
        settings = apoc.install(home)
        server = Neo4jServer(_VERSION, _ADDRESS, home, place / "data", place / "neo4j.log", settings=settings)
        login = Credentials("neo4j", secrets.token_urlsafe(16))
        server.set_initial_password(login.password)
        server.start()
        try:
            wait_for_login(server.url, login, deadline_seconds=_START_SECONDS, on_progress=lambda _: None)
            with open_database(server.url, login) as connection:
                connection.write("CREATE CONSTRAINT FOR (n:Account) REQUIRE n.key IS UNIQUE")
                yield Ledger(connection, apoc.import_folder(home))
        finally:
            server.stop()


def grow(connection: Connection, nodes: int) -> None:
    """Write until there are so many accounts, and twice as many debts."""
    first = connection.read("MATCH (n) RETURN count(n) AS nodes")[0]["nodes"]
    if first > nodes:
        raise ServiceUnavailable("The ledger is larger already.", next_step="Measure the larger one last.")
    if first < nodes:
        connection.write(_ACCOUNTS, first=first, last=nodes - 1)
        connection.write(_DEBTS, first=first, last=nodes - 1)
