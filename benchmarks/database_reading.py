"""What reading a whole database costs: the checksum beside a bare drain, the export beside APOC's."""

from __future__ import annotations

import gc
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psutil

from benchmarks.ledger import Ledger
from benchmarks.result import Result, measure_pairs
from systems.neo4j.connection import Connection
from systems.neo4j.export import export_database
from systems.neo4j.fingerprint import read_fingerprint

_SAMPLE_SECONDS = 0.02
_QUERIES: tuple[LiteralString, LiteralString] = ("MATCH (n) RETURN n", "MATCH ()-[r]->() RETURN r")
"""What one writes who wants all data."""
_BY_APOC: LiteralString = "CALL apoc.export.json.all($file, {})"


def checksum(connection: Connection, pairs: int) -> Result:
    """The fingerprint, beside a loop over all rows that does nothing with them."""
    ours, beside = measure_pairs(
        pairs, lambda: _seconds(lambda: read_fingerprint(connection)), lambda: _seconds(_drain(connection))
    )
    return Result("database-checksum", ours, beside, "the driver's bare drain")


def export(ledger: Ledger, pairs: int) -> Result:
    """The export with its proof, beside APOC's of the same data."""
    connection, theirs = ledger.connection, ledger.exports / "all.json"
    with tempfile.TemporaryDirectory(prefix="credex-bench-") as folder:
        path = Path(folder) / "export"
        ours, beside = measure_pairs(
            pairs,
            lambda: _seconds(lambda: export_database(connection, path, lambda _text: None)),
            lambda: _seconds(lambda: connection.write(_BY_APOC, file=theirs.name)),
        )
        sizes = [file.stat().st_size / 1e6 for file in (path, theirs)]
    return Result(
        "database-export", ours, beside, f"apoc.export.json ({sizes[0]:.1f} MB and {sizes[1]:.1f} MB)"
    )


def memory(connection: Connection, nodes: int) -> str:
    """A line with what an export adds to this process's own memory at most."""
    with tempfile.TemporaryDirectory(prefix="credex-bench-") as folder:
        added = _peak(lambda: export_database(connection, Path(folder) / "export", lambda _text: None))
    return f"database-memory: {nodes} nodes and {2 * nodes} relationships, {added / 1e6:.1f} MB at most"


def _drain(connection: Connection) -> Callable[[], object]:
    def work() -> None:
        for query in _QUERIES:
            for _ in connection.stream(query):
                pass

    return work


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _peak(work: Callable[[], object]) -> int:
    """Bytes; without the pages of mapped files, which the kernel takes back where it needs them."""
    process, done = psutil.Process(), threading.Event()
    gc.collect()
    before = peak = _private_bytes(process)

    def sample() -> None:
        nonlocal peak
        while not done.wait(_SAMPLE_SECONDS):
            peak = max(peak, _private_bytes(process))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        work()
    finally:
        done.set()
        sampler.join()
    return peak - before


def _private_bytes(process: psutil.Process) -> int:
    used = process.memory_info()
    return int(used.rss - used.shared)
