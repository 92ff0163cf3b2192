"""The file of an export: what is written where, and that nothing of it was cut off or changed since.

A Zstandard frame with a stream of MessagePack, and a trailer: 8 bytes of magic and the SHA-256 of the frame.
In the stream: a header with the schema; each node as its number and [labels, properties]; nil; each
relationship as the numbers of its ends and [type, properties]; nil; the fingerprint. Values have the form of
`systems/neo4j/encoding.py`: any MessagePack library reads the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgpack
import zstandard

from models.errors import Refused, SetUpError
from models.fingerprint import Fingerprint
from systems.neo4j.definitions import Definitions
from systems.neo4j.encoding import new_unpacker

_FORMAT = 1
_MAGIC = b"credexN1"
_TRAILER_BYTES = len(_MAGIC) + hashlib.sha256().digest_size
_READ_BYTES = 1 << 18
_LEVEL = 3


class ExportWriter:
    """Writes an export from its beginning to its end; only `finish` makes the file a complete one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self._frame = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
        self._pack: Callable[[object], bytes] = msgpack.Packer().pack

    def header(self, neo4j_version: str, definitions: Definitions) -> None:
        """To be written first."""
        self._write(
            {
                "format": _FORMAT,
                "neo4j_version": neo4j_version,
                "constraints": definitions.constraints,
                "indexes": definitions.indexes,
            }
        )

    def rows(self, numbers: Iterator[tuple[int, ...]], contents: list[bytes]) -> None:
        """Nodes or relationships: their numbers, and the packed content of each."""
        pack = self._pack
        self._put(
            b"".join(
                b"".join(map(pack, ids)) + content for ids, content in zip(numbers, contents, strict=True)
            )
        )

    def end_of_rows(self) -> None:
        """After the last node, and after the last relationship."""
        self._write(None)

    def finish(self, fingerprint: Fingerprint) -> None:
        """The fingerprint and the trailer: without it the file is not accepted."""
        self._write(fingerprint.model_dump_json())
        self._to_file(self._frame.flush())
        self._file.write(_MAGIC + self._sha256.digest())

    def _write(self, value: object) -> None:
        self._put(self._pack(value))

    def _put(self, data: bytes) -> None:
        self._to_file(self._frame.compress(data))

    def _to_file(self, compressed: bytes) -> None:
        self._sha256.update(compressed)
        self._file.write(compressed)


class ExportReader:
    """Reads an export in the order in which it was written."""

    def __init__(self, stream: BinaryIO) -> None:
        self._unpacker = new_unpacker(stream, _READ_BYTES)
        header: dict[str, Any] = self._next()
        if header.get("format") != _FORMAT:
            raise Refused(
                "The export was made by a newer version of this program.",
                next_step="Import it with the version that made it, or a newer one.",
            )
        self.neo4j_version: str = header["neo4j_version"]
        self.definitions = Definitions(constraints=header["constraints"], indexes=header["indexes"])

    def nodes(self) -> Iterator[tuple[int, list[str], dict[str, Any]]]:
        """Number, labels and properties of each node; to be read to their end first."""
        while (number := self._next()) is not None:
            labels, properties = self._next()
            yield number, labels, properties

    def relationships(self) -> Iterator[tuple[int, int, str, dict[str, Any]]]:
        """Numbers of start and end, type and properties of each relationship; after the nodes."""
        while (start := self._next()) is not None:
            end, (kind, properties) = self._next(), self._next()
            yield start, end, kind, properties

    def fingerprint(self) -> Fingerprint:
        """The fingerprint of what was exported; after the relationships."""
        return Fingerprint.model_validate_json(self._next())

    @property
    def bytes_read(self) -> int:
        """How far the reading has come, uncompressed."""
        return int(self._unpacker.tell())

    def _next(self) -> Any:  # noqa: ANN401 - whatever comes next
        return self._unpacker.unpack()


@contextmanager
def open_export(path: Path) -> Iterator[ExportReader]:
    """An export whose every byte is as it was written. Raises Refused for any other file."""
    with path.open("rb") as file:
        check_export(file, path.name)
        file.seek(0)
        # The reader ends with the frame, and leaves the trailer.
        with zstandard.ZstdDecompressor().stream_reader(file) as stream:
            yield ExportReader(stream)


def check_export(file: BinaryIO, name: str) -> None:
    """Raises Refused for what is not a whole and unchanged export."""
    size = file.seek(0, 2) - _TRAILER_BYTES
    if size <= 0:
        raise _damaged(name, "it is too short")
    file.seek(size)
    trailer = file.read(_TRAILER_BYTES)
    if not trailer.startswith(_MAGIC):
        raise _damaged(name, "its end is missing")
    file.seek(0)
    sha256 = hashlib.sha256()
    for start in range(0, size, _READ_BYTES):
        sha256.update(file.read(min(_READ_BYTES, size - start)))
    if sha256.digest() != trailer[len(_MAGIC) :]:
        raise _damaged(name, "bytes of it have changed")


def _damaged(name: str, why: str) -> Refused:
    return Refused(
        f"{name} is no complete export: {why}.",
        next_step="Fetch it once more, or take the export before it: nothing was imported.",
    )


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name when it is complete. Raises SetUpError when the disk is full."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        raise SetUpError(
            f"{path} cannot be written: {error.strerror}.",
            next_step="Make room on that disk, or choose another folder, then run this again.",
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
