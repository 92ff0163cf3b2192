"""How long a Neo4j change keeps writes out, beside a bare dump, apply and restart of the same change.

Both are watched from outside in the same way: by a client that tries to write to the ledger all the time.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.flow_runs import seconds_of
from benchmarks.ground import ENVIRONMENT, released
from benchmarks.result import Result, measure_pairs
from benchmarks.scripts import bring_to
from models.errors import DeployError, ServiceUnavailable
from models.names import DatabaseName, Scenario
from models.request import Neo4jChangeRequest
from sandbox.settings import SandboxSettings
from systems.environments import load_environment
from systems.neo4j.connection import Credentials, open_database
from systems.neo4j.writing import takes_writes
from systems.waiting import Pace, wait_for
from tasks.access import database_credentials
from tasks.state import live_outputs

_SETTING = "server.memory.pagecache.size"
_LEDGER = DatabaseName.LEDGER
_TRY_EVERY_SECONDS = 0.2
_TAKEN_WITHIN_SECONDS = 300
"""How long a database that was changed may take until it is written to, on a busy machine."""


def run(_settings: SandboxSettings, pairs: int) -> Result:
    """Give the ledger another page cache each time, in turn by the flow and by the script.

    The flow has the last word, so that the environment is what its log says.
    """
    sizes = (f"{size}m" for size in itertools.count(65))
    ours, beside = measure_pairs(
        pairs,
        lambda: _seconds_without_writes(_flow, next(sizes)),
        lambda: _seconds_without_writes(_script, next(sizes)),
    )
    _flow(next(sizes))
    return Result("neo4j-change", ours, beside, "a bare dump, apply and restart")


def _flow(size: str) -> None:
    request = Neo4jChangeRequest.model_validate(
        {
            "environment": ENVIRONMENT,
            "requester": "benchmark",
            "databases": _LEDGER.value,
            "settings": f"{_SETTING}={size}",
        }
    )
    seconds_of(Scenario.NEO4J_CHANGE, request)


def _script(size: str) -> None:
    release = released()
    ledger = release.databases[_LEDGER]
    changed = ledger.model_copy(update={"settings": {**ledger.settings, _SETTING: size}})
    databases = {**release.databases, _LEDGER: changed}
    wanted = release.model_copy(update={"databases": databases})
    bring_to("plain_neo4j_change", load_environment(ENVIRONMENT), wanted)


def _seconds_without_writes(change: Callable[[str], None], size: str) -> float:
    with _writing() as pauses:
        change(size)
    return pauses.longest


@dataclass
class _Pauses:
    """The longest time between two writes that were taken, in seconds."""

    longest: float = 0.0
    last: float | None = None

    def taken(self) -> None:
        now = time.monotonic()
        if self.last is not None:
            self.longest = max(self.longest, now - self.last)
        self.last = now


@contextmanager
def _writing() -> Iterator[_Pauses]:
    """Try to write from before the block until a write is taken after it, or until the block fails.

    Raises ServiceUnavailable where none is taken in time.
    """
    environment = load_environment(ENVIRONMENT)
    credentials, url = (
        database_credentials(environment, _LEDGER),
        live_outputs(environment).bolt_urls[_LEDGER],
    )
    pauses, over = _Pauses(), threading.Event()

    def go_on() -> None:
        while not over.is_set():
            _takes_a_write(url, credentials, pauses)
            over.wait(_TRY_EVERY_SECONDS)

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        yield pauses
    finally:
        over.set()
        writer.join()
    pace = Pace(_TAKEN_WITHIN_SECONDS, interval_seconds=_TRY_EVERY_SECONDS)
    if wait_for(lambda: _takes_a_write(url, credentials, pauses) or None, pace) is None:
        raise ServiceUnavailable(
            "The ledger takes no writes after its change.", next_step="Look at its machine's console output."
        )


def _takes_a_write(url: str, credentials: Credentials, pauses: _Pauses) -> bool:
    try:
        with open_database(url, credentials) as connection:
            taken = takes_writes(connection)
    except DeployError:
        return False
    if taken:
        pauses.taken()
    return taken
