"""What is kept of each node until its relationships come: some bytes a node, in an unlinked file.

The file is mapped into memory: the kernel keeps of it what there is room for, and the process itself stays as
small for ten million nodes as for ten. The place is TMPDIR's: a disk, not a file system in memory, where
databases are large.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from models.errors import SetUpError

DIGEST_BYTES = 16
_WORD = 8
_ENTRY = DIGEST_BYTES + _WORD
_READ_BYTES = _ENTRY << 12
_MASK = (1 << 64) - 1
_GROWS_BY = 1 << 14
"""Entries at a time for a small table; a large one grows by a quarter."""


class _Table:
    """Entries of some 64-bit words, by number, zero at first."""

    def __init__(self, words_per_entry: int) -> None:
        self._entry_bytes = words_per_entry * _WORD
        self._file = tempfile.TemporaryFile(prefix="credex-nodes-")  # noqa: SIM115 - closed by __exit__
        self._entries = 0
        self._grow(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._release()
        self._file.close()

    def make_room(self, highest: int) -> None:
        """Room for entries up to this number. Raises SetUpError when the disk is full."""
        if highest >= self._entries:
            self._release()
            self._grow(highest)

    def _grow(self, highest: int) -> None:
        entries = highest + max(_GROWS_BY, highest // 4) + 1
        size = entries * self._entry_bytes
        try:
            # Not a sparse file: a full disk must be an error here, and not a signal that kills the process.
            os.posix_fallocate(self._file.fileno(), 0, size)
        except OSError as error:
            raise SetUpError(
                f"There is no room for {size >> 20} MiB in {tempfile.gettempdir()}: {error.strerror}.",
                next_step="Make room there, or set TMPDIR to a folder on a larger disk.",
            ) from None
        self._entries = entries
        self._map = mmap.mmap(self._file.fileno(), size)
        self._words = memoryview(self._map).cast("Q")

    def _release(self) -> None:
        self._words.release()
        self._map.close()


class NodeTable(_Table):
    """By the number of a node: the digest of its content, and a sum over its relationships (modulo 2^64)."""

    def __init__(self) -> None:
        super().__init__(words_per_entry=3)

    def set_digest(self, number: int, digest: bytes) -> None:
        """Keep a node's digest; there must be room for it."""
        self._map[number * _ENTRY : number * _ENTRY + DIGEST_BYTES] = digest

    def digest(self, number: int) -> bytes:
        """A node's digest; zeros for one that was not read, which happens only while somebody writes."""
        return self._map[number * _ENTRY : number * _ENTRY + DIGEST_BYTES]

    def add(self, number: int, summand: int) -> None:
        """Add to the sum over a node's relationships."""
        place = number * 3 + 2
        self._words[place] = (self._words[place] + summand) & _MASK

    def entries_with_relationships(self) -> Iterator[bytes]:
        """Digest and sum of each node that has relationships, as bytes."""
        for start in range(0, self._entries * _ENTRY, _READ_BYTES):
            for digest, total in struct.iter_unpack("=16sQ", self._map[start : start + _READ_BYTES]):
                if total:
                    yield digest + total.to_bytes(_WORD, "little")


class NumberTable(_Table):
    """By the number of a node in an export: its number in the database that it is imported into."""

    def __init__(self) -> None:
        super().__init__(words_per_entry=1)

    def set_number(self, number: int, new: int) -> None:
        """Keep a node's new number; there must be room for it."""
        self._words[number] = new + 1

    def number(self, number: int) -> int | None:
        """A node's new number; None for a node that was not imported."""
        return self._words[number] - 1 if number < self._entries and self._words[number] else None
