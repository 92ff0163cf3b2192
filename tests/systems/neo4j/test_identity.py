"""A database is known again across restart and upgrade, and an empty one in its place is found out."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.database import DatabaseIdentity
from sandbox.neo4j.server import Neo4jServer
from systems.neo4j.connection import Connection, Credentials, open_database
from systems.neo4j.identity import read_identity, transaction_of
from tests.sandbox.neo4j.servers import LTS, NEWEST, new_server, running


def identity(server: Neo4jServer, credentials: Credentials) -> DatabaseIdentity:
    """The identity of that server's database."""
    with open_database(server.url, credentials) as connection:
        return read_identity(connection)


@pytest.mark.sandbox
def test_counts_and_transactions_follow_what_is_written(connection: Connection) -> None:
    """The lineage stays as it was."""
    before = read_identity(connection)
    assert (before.node_count, before.relationship_count) == (0, 0)
    assert read_identity(connection) == before
    connection.write("CREATE (:A)-[:R]->(:B)-[:R]->(:C)")
    after = read_identity(connection)
    assert after.same_lineage(before)
    assert (after.node_count, after.relationship_count) == (3, 2)
    assert before.last_transaction is not None
    assert (after.last_transaction or 0) > before.last_transaction


@pytest.mark.exhaustive
@pytest.mark.sandbox
def test_it_survives_an_upgrade_and_not_the_loss_of_its_volume(
    tmp_path: Path, credentials: Credentials
) -> None:
    """The same data folder under the newest version is the same lineage; an empty folder is not."""
    data = tmp_path / "data"
    with running(new_server(LTS, tmp_path / "old", data=data)) as old:
        with open_database(old.url, credentials) as connection:
            connection.write("UNWIND range(1, 10) AS i CREATE (:A)")
        before = identity(old, credentials)
    with running(new_server(NEWEST, tmp_path / "new", data=data)) as new:
        upgraded = identity(new, credentials)
    assert upgraded.same_lineage(before)
    assert (upgraded.node_count, upgraded.store_version) == (10, before.store_version)
    with running(new_server(LTS, tmp_path / "empty")) as empty:
        lost = identity(empty, credentials)
    assert not lost.same_lineage(before)
    assert lost.compared_with(before).startswith("Not the same lineage")


def bookmark(packed: bytes) -> str:
    """A bookmark as Neo4j makes it: a list of a 16-byte UUID and an integer, and an empty list behind."""
    return "FB:" + base64.b64encode(b"\x91\xcc\x10" + bytes(range(16)) + packed + b"\x90").decode()


@settings(deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_transaction_ids_of_every_size_are_read(number: int) -> None:
    """Packstream writes small numbers in one byte, larger ones in two, three, five or nine."""
    forms = {0x7F: ("B", b""), 2**15 - 1: (">h", b"\xc9"), 2**31 - 1: (">i", b"\xca"), 2**63: (">q", b"\xcb")}
    code, marker = next(form for limit, form in forms.items() if number <= limit)
    assert transaction_of(bookmark(marker + struct.pack(code, number))) == number


@settings(deadline=None)
@given(st.none() | st.text() | st.binary().map(lambda raw: "FB:" + base64.b64encode(raw).decode()))
def test_other_bookmarks_are_no_transaction_and_no_error(text: str | None) -> None:
    """What the format will be in another version is not known."""
    found = transaction_of(text)
    assert found is None or isinstance(found, int)


def test_a_bookmark_of_two_databases_is_no_transaction() -> None:
    """Taken for one, it gave the system database's transaction, which stays as it is whatever is written."""
    system, data = b"\xcc\x10" + bytes(16) + b"\x29", b"\xcc\x10" + bytes(range(16)) + b"\xc9\x01\x47"
    assert transaction_of("FB:" + base64.b64encode(b"\x92" + system + data + b"\x90").decode()) is None
    assert transaction_of("FB:" + base64.b64encode(b"\x91" + data + b"\x90").decode()) == 0x147
