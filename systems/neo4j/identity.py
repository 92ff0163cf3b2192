"""Which database this is: quick enough to ask around every change, as counts come from the count store."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import LiteralString

from models.database import DatabaseIdentity
from systems.neo4j.connection import Connection

_INFO: LiteralString = "CALL db.info() YIELD id, creationDate RETURN id, creationDate"
_STORE: LiteralString = "SHOW HOME DATABASE YIELD store RETURN store"
_NODES: LiteralString = "MATCH (n) RETURN count(n) AS count"
_RELATIONSHIPS: LiteralString = "MATCH ()-[r]->() RETURN count(r) AS count"
_HEAD = 19
"""Bytes of a bookmark before its transaction id: the markers of a list and of a byte string, and a UUID."""

_ONE_DATABASE = b"\x91"
"""How a bookmark of a single database begins: with the marker of a list of one."""

_INTEGER_BYTES = {0xC8: 1, 0xC9: 2, 0xCA: 4, 0xCB: 8}
"""Packstream's markers for integers, with the bytes that follow; smaller numbers are their own marker."""


def read_identity(connection: Connection) -> DatabaseIdentity:
    """The database's identity; raises as `Connection.read` does."""
    info = connection.read(_INFO)[0]
    store = connection.read(_STORE)
    return DatabaseIdentity(
        database_id=info["id"],
        creation_date=datetime.fromisoformat(info["creationDate"]).astimezone(UTC),
        store_version=store[0]["store"] if store else None,
        node_count=connection.read(_NODES)[0]["count"],
        relationship_count=connection.read(_RELATIONSHIPS)[0]["count"],
        last_transaction=transaction_of(connection.bookmark()),
    )


def transaction_of(bookmark: str | None) -> int | None:
    """The transaction id in a bookmark: `FB:`, then in base64 a packstream list of UUID and integer.

    None for what is not made so: bookmarks are the server's own affair and may change. One that names
    several databases tells nothing either, as the system database may come first.
    """
    if bookmark is None or not bookmark.startswith("FB:"):
        return None
    try:
        decoded = base64.b64decode(bookmark.removeprefix("FB:"), validate=True)
    except binascii.Error:
        return None
    packed = decoded[_HEAD:]
    if not packed or not decoded.startswith(_ONE_DATABASE):
        return None
    marker, length = packed[0], _INTEGER_BYTES.get(packed[0])
    if length is None:
        return marker if marker < 0x80 else None
    return int.from_bytes(packed[1 : 1 + length], signed=True) if len(packed) > length else None
