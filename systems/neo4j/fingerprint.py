"""Reading a database's fingerprint: each node and each relationship once, in memory that does not grow.

Each element becomes 128 bits of blake2b over its canonical bytes; a checksum is their sum modulo 2^128, which
no order changes and in which two equal elements do not cancel each other. A relationship is hashed with the
digests of its ends. Nodes with equal content are told apart by one look around: the sum over a node's
relationships is hashed with it, so that moving a relationship between two of them shows, unless both have
the same neighbours.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from models.database import DatabaseIdentity
from models.fingerprint import Fingerprint
from systems.neo4j.connection import Connection
from systems.neo4j.definitions import read_definitions
from systems.neo4j.elements import NodeRow, RelationshipRow, nodes, relationships
from systems.neo4j.encoding import new_packer, properties_in_order
from systems.neo4j.identity import read_identity
from systems.neo4j.node_table import DIGEST_BYTES, NodeTable
from systems.waiting import Progress

_TELL_EVERY_SECONDS = 10.0
_NODE = blake2b(digest_size=DIGEST_BYTES, person=b"node")
_RELATIONSHIP = blake2b(digest_size=DIGEST_BYTES, person=b"relationship")
_LOOP = blake2b(digest_size=DIGEST_BYTES, person=b"loop")
_AROUND = blake2b(digest_size=DIGEST_BYTES, person=b"around")


def read_fingerprint(connection: Connection, on_progress: Progress | None = None) -> Fingerprint:
    """The fingerprint of the database; a server that takes no writes will do.

    `settled` is False when somebody wrote meanwhile. Raises as `Connection.read` does; Unreadable for values
    that the driver cannot represent; SetUpError when TMPDIR is full (24 bytes a node).
    """
    with reading(connection, on_progress or _silent) as in_progress:
        for batch in nodes(connection):
            in_progress.take_nodes(batch)
        for edges in relationships(connection):
            in_progress.take_relationships(edges)
        return in_progress.fingerprint()


@contextmanager
def reading(connection: Connection, on_progress: Progress) -> Iterator[Reading]:
    """A reading that has seen the schema, and not yet the data."""
    with NodeTable() as table:
        yield Reading(connection, table, on_progress)


class Reading:
    """One pass over all nodes, then over all relationships; what is read is handed in.

    `take_nodes` and `take_relationships` give the canonical bytes of what they take.
    """

    def __init__(self, connection: Connection, table: NodeTable, on_progress: Progress) -> None:
        self._connection = connection
        self._before = read_identity(connection)
        self.definitions = read_definitions(connection)
        self._labels: Counter[str] = Counter()
        self._types: Counter[str] = Counter()
        self._node_count = 0
        self._relationship_count = 0
        self._nodes = 0
        self._relationships = 0
        self._table = table
        self._pack = new_packer()
        self._on_progress = on_progress
        self._told_at = time.monotonic()

    def take_nodes(self, batch: list[NodeRow]) -> list[bytes]:
        """Count nodes and keep their digests for the relationships to come."""
        self._table.make_room(max(number for number, _, _ in batch))
        pack, set_digest, contents = self._pack, self._table.set_digest, []
        for number, labels, properties in batch:
            content = pack([labels, properties_in_order(properties)])
            digest = _digest(_NODE, content)
            set_digest(number, digest)
            self._nodes += int.from_bytes(digest)
            self._labels.update(labels)
            contents.append(content)
        self._node_count += len(batch)
        self._tell()
        return contents

    def take_relationships(self, batch: list[RelationshipRow]) -> list[bytes]:
        """Count relationships; all nodes must have been taken."""
        self._table.make_room(max(max(start, end) for start, end, _, _ in batch))
        pack, digest_of, add, contents = self._pack, self._table.digest, self._table.add, []
        for start, end, kind, properties in batch:
            content = pack([kind, properties_in_order(properties)])
            shape = _LOOP if start == end else _RELATIONSHIP
            digest = _digest(shape, digest_of(start) + digest_of(end) + content)
            self._relationships += int.from_bytes(digest)
            add(start, int.from_bytes(digest[:8]))
            add(end, int.from_bytes(digest[8:]))
            contents.append(content)
        self._types.update(kind for _, _, kind, _ in batch)
        self._relationship_count += len(batch)
        self._tell()
        return contents

    def fingerprint(self) -> Fingerprint:
        """What the data taken comes to; settled if the database is still as it was at the beginning."""
        around = sum(
            int.from_bytes(_digest(_AROUND, entry)) for entry in self._table.entries_with_relationships()
        )
        after = read_identity(self._connection)
        return Fingerprint(
            identity=after,
            labels=dict(sorted(self._labels.items())),
            relationship_types=dict(sorted(self._types.items())),
            constraints=sorted(self.definitions.constraints),
            indexes=sorted(self.definitions.indexes),
            nodes_checksum=_hexadecimal(self._nodes),
            relationships_checksum=_hexadecimal(self._relationships + around),
            settled=self._is_settled(after),
        )

    def _is_settled(self, after: DatabaseIdentity) -> bool:
        """Whether nothing was written; a server that does not tell its last transaction proves nothing."""
        took_all = (after.node_count, after.relationship_count) == (
            self._node_count,
            self._relationship_count,
        )
        return took_all and after == self._before and after.last_transaction is not None

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at >= _TELL_EVERY_SECONDS:
            self._on_progress(f"{self._node_count} nodes and {self._relationship_count} relationships read.")
            self._told_at = now


def _digest(kind: blake2b, content: bytes) -> bytes:
    """blake2b, of its own kind for each sort of element, so that none is taken for another."""
    hashed = kind.copy()
    hashed.update(content)
    return hashed.digest()


def _hexadecimal(total: int) -> str:
    return f"{total % (1 << 8 * DIGEST_BYTES):0{2 * DIGEST_BYTES}x}"


def _silent(_text: str) -> None:
    """For whoever does not ask for progress."""
