"""The in-process jobs: one every minute, one at 00:00 UTC, each guarded by a flag on the active Daynode.

As in credex-core the flag is checked, set, and cleared at the end, so that a task killed in between leaves it
set and every later run is skipped. That is a trap to be found by verification, not a mistake here.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable

from neo4j import AsyncDriver
from neo4j.exceptions import DriverError, Neo4jError

from . import spaces
from .settings import SeedMoment, Settings

Clock = Callable[[], dt.datetime]

CONNECT_RETRY_SECONDS = 2.0

_log = logging.getLogger(__name__)


def now_utc() -> dt.datetime:
    """Tell the time."""
    return dt.datetime.now(dt.UTC)


class Jobs:
    """Runs beside the web server; what fails is logged, and tried again at its next turn."""

    def __init__(self, ledger: AsyncDriver, settings: Settings, *, clock: Clock = now_utc) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock

    async def run(self) -> None:
        """Run all jobs until cancelled; a cancelled job leaves its flag, as a killed process does."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._first_connection())
            group.create_task(self._every_minute())
            group.create_task(self._every_midnight())

    async def _first_connection(self) -> None:
        while not await self._attempt("verifyConnectivity", self._ledger.verify_connectivity):
            await asyncio.sleep(CONNECT_RETRY_SECONDS)
        if self._settings.seed_moment is SeedMoment.CONNECTION:
            await self._attempt("seed", self.seed_if_empty)

    async def _every_minute(self) -> None:
        while True:
            await asyncio.sleep(self._settings.minute_job_period)
            await self._attempt("minute job", self.minute_job)

    async def _every_midnight(self) -> None:
        while True:
            await asyncio.sleep(seconds_to_midnight(self._clock()))
            await self._attempt("daily job", self.daily_job)

    async def seed_if_empty(self) -> None:
        """Create a new economy where there is no active Daynode, whatever else the database holds."""
        if await spaces.active_daynode(self._ledger) is None:
            _log.warning("no active Daynode: creating a new economy")
            await spaces.seed(self._ledger, self._clock().date())

    async def minute_job(self) -> None:
        """Run the minute transaction queue, unless its flag says that it runs."""
        if not await spaces.take_flag(self._ledger, "MTQrunningNow"):
            return
        await asyncio.sleep(self._settings.minute_job_duration)
        await spaces.clear_minute_flag(self._ledger)

    async def daily_job(self) -> None:
        """Run the daily credcoin offering: a new economy where there is none, else the next Daynode."""
        await self.seed_if_empty()
        if await spaces.take_flag(self._ledger, "DCOrunningNow"):
            await spaces.open_next_day(self._ledger)

    async def _attempt(self, what: str, job: Callable[[], Awaitable[None]]) -> bool:
        try:
            await job()
        except (DriverError, Neo4jError) as error:
            _log.error("%s failed: %s", what, type(error).__name__)
            return False
        return True


def seconds_to_midnight(now: dt.datetime) -> float:
    """Tell how long it is to the next 00:00 UTC."""
    tomorrow = (now + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow - now).total_seconds()
