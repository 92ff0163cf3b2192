"""credex-core's Daynode: the day its ledger has reached, with the flags of the jobs that move it.

The application sets a flag when a job begins and clears it at its end. A task that is killed in between
leaves it set, and the job never runs again. A ledger without an active Daynode is taken for a new one.
"""

from __future__ import annotations

from typing import LiteralString

from pydantic import BaseModel, ConfigDict

from models.check import Check, Verdict, Weight
from systems.neo4j.connection import Connection
from systems.waiting import Pace, wait_for

CHECK_NAME = "Daynode of ledger"

PATIENCE = Pace(deadline_seconds=20, interval_seconds=1)
"""A job that runs clears its flag within seconds, and a new ledger is seeded as soon: both are waited for."""

_ACTIVE: LiteralString = """
MATCH (day:Daynode {Active: true})
RETURN toString(day.Date) AS date, coalesce(day.MTQrunningNow, false) AS minute_job_running,
       coalesce(day.DCOrunningNow, false) AS daily_job_running
ORDER BY day.Date DESC
"""
_ANY_NODE: LiteralString = "MATCH (n) RETURN count(n) AS nodes"


class Daynode(BaseModel):
    """An active Daynode; `date` as the database has it (YYYY-MM-DD)."""

    model_config = ConfigDict(frozen=True)

    date: str | None
    minute_job_running: bool
    daily_job_running: bool

    @property
    def flags(self) -> list[str]:
        """The flags that are set, by the application's names."""
        flags = {"MTQrunningNow": self.minute_job_running, "DCOrunningNow": self.daily_job_running}
        return [name for name, is_set in flags.items() if is_set]


def read_daynodes(connection: Connection) -> list[Daynode]:
    """The active Daynodes, the newest first: one, where all is well. Raises as `Connection.read` does."""
    return [Daynode(**row) for row in connection.read(_ACTIVE)]


def check_daynode(connection: Connection, *, pace: Pace = PATIENCE) -> Check:
    """Whether the ledger has one active Daynode whose jobs are able to run; looks again until it has."""
    daynodes: list[Daynode] = []

    def look() -> Check | None:
        daynodes[:] = read_daynodes(connection)
        return _well(daynodes)

    return wait_for(look, pace) or _unwell(connection, daynodes, pace.deadline_seconds)


def _well(daynodes: list[Daynode]) -> Check | None:
    if len(daynodes) != 1 or daynodes[0].flags:
        return None
    return Check(
        name=CHECK_NAME, verdict=Verdict.PASSED, detail=f"{daynodes[0].date} is active, no job's flag is set"
    )


def _unwell(connection: Connection, daynodes: list[Daynode], seconds: float) -> Check:
    if not daynodes:
        return _without_daynode(connection)
    if len(daynodes) > 1:
        dates = ", ".join(str(daynode.date) for daynode in daynodes)
        return Check(
            name=CHECK_NAME,
            verdict=Verdict.FAILED,
            detail=f"{len(daynodes)} Daynodes are active at once: {dates}",
            next_step="Stop the application before its next job, and find out which of them is right.",
        )
    flags = " and ".join(daynodes[0].flags)
    return Check(
        name=CHECK_NAME,
        verdict=Verdict.FAILED,
        weight=Weight.TOLD,
        detail=f"{flags} of {daynodes[0].date} stays set for {seconds:.0f} s and blocks that job from now on",
        next_step="If no task is at it (see the tasks' logs), set the flag to false on the active Daynode.",
    )


def _without_daynode(connection: Connection) -> Check:
    """Inconclusive, and only told, for an empty ledger, which may be new; failed for data without a day."""
    nodes = connection.read(_ANY_NODE)[0]["nodes"]
    return Check(
        name=CHECK_NAME,
        verdict=Verdict.FAILED if nodes else Verdict.INCONCLUSIVE,
        weight=Weight.NEEDED if nodes else Weight.TOLD,
        detail=f"there is no active Daynode ({nodes} nodes in all), so that the application "
        "will create a new economy at 00:00 UTC",
        next_step="Right for a new ledger; for any other, stop the application now and restore the data.",
    )
