"""What reading a whole database costs: checksum and export, beside what the driver needs in any case."""

from __future__ import annotations

import gc
import json
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psutil

from benchmarks.result import Result, measure_pairs
from systems.neo4j.connection import Connection
from systems.neo4j.export import export_database
from systems.neo4j.fingerprint import read_fingerprint

_SAMPLE_SECONDS = 0.02
_QUERIES: tuple[LiteralString, LiteralString] = ("MATCH (n) RETURN n", "MATCH ()-[r]->() RETURN r")
"""What one writes who wants all data."""


def checksum(connection: Connection, pairs: int) -> Result:
    """The fingerprint, beside a loop over all rows that does nothing with them."""
    ours, beside = measure_pairs(
        pairs, lambda: _seconds(lambda: read_fingerprint(connection)), lambda: _seconds(_drain(connection))
    )
    return Result("database-checksum", ours, beside, "the driver's bare drain")


def export(connection: Connection, pairs: int) -> Result:
    """The export with its proof, beside a file of JSON that the driver's rows are written to as text."""
    with tempfile.TemporaryDirectory(prefix="credex-bench-") as folder:
        path = Path(folder)
        ours, beside = measure_pairs(
            pairs,
            lambda: _seconds(lambda: export_database(connection, path / "export", lambda _text: None)),
            lambda: _seconds(_plain_json(connection, path / "plain.json")),
        )
        sizes = [(path / name).stat().st_size / 1e6 for name in ("export", "plain.json")]
    return Result("database-export", ours, beside, f"plain JSON ({sizes[0]:.1f} MB and {sizes[1]:.1f} MB)")


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


def _plain_json(connection: Connection, path: Path) -> Callable[[], object]:
    def work() -> None:
        with path.open("w") as file:
            for query in _QUERIES:
                for rows in connection.stream(query):
                    file.writelines(json.dumps(dict(row[0]), default=str) + "\n" for row in rows)

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
