"""Whether the clock's checks are alive: when each last looked, and whether that is as often as it should."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from models.check import Check, Verdict
from models.names import EnvironmentName, Scenario
from models.notification import in_words
from models.standing import Standing


class Planned(BaseModel):
    """What a scheduler intends: since when there is a schedule, whether it is in force, and its next runs.

    `intact` is false for a schedule that does not say which environment to look at any more.
    """

    model_config = ConfigDict(frozen=True)

    since: datetime
    active: bool
    intact: bool = True
    next_runs: list[datetime] = []

    @property
    def interval(self) -> timedelta | None:
        """The time between two runs; None where fewer than two are planned."""
        first, second = (*sorted(self.next_runs), None, None)[:2]
        return second - first if first and second else None


def heartbeat(
    check: Scenario,
    environment: EnvironmentName,
    standing: Standing | None,
    planned: Planned | None,
    now: datetime,
) -> Check:
    """How a scheduled check stands; not well where it found something, or looks too seldom."""
    looked = f"looked {_ago(standing.looked_at, now)}" if standing else "has not looked yet"
    trouble = _trouble(environment, standing, planned, now)
    if trouble:
        detail, next_step = trouble
        return _check(check, Verdict.INCONCLUSIVE, f"{looked}; {detail}", next_step)
    if standing and standing.is_bad:
        found = f"not well since {standing.since:%Y-%m-%d %H:%M} UTC: {standing.told.rstrip('.')}"
        again = f"See its run in Prefect, or: credex trigger {check} --env {environment} --wait"
        return _check(check, Verdict.FAILED, f"{looked}; {found}", again)
    return _check(check, Verdict.PASSED, f"{looked}; all was well" if standing and standing.well else looked)


def _trouble(
    environment: EnvironmentName, standing: Standing | None, planned: Planned | None, now: datetime
) -> tuple[str, str] | None:
    """What keeps the check from looking, and what to do about it."""
    if planned is None:
        return "nothing starts it", f"Give it a schedule with the slug {environment} in prefect.yaml."
    if not planned.active:
        return "its schedule is paused", "Resume the schedule on the deployment's page in Prefect."
    if not planned.intact:
        return "its schedule has lost its parameters", "Give them back: prefect --no-prompt deploy --all"
    if planned.interval is None:
        return "no run of it is planned", "Look whether Prefect's server runs its scheduler."
    last = standing or Standing(looked_at=planned.since, since=planned.since)
    if last.overdue(now, planned.interval):
        every = in_words(planned.interval.total_seconds())
        return (
            f"it should look every {every}",
            f"Look whether a worker runs: credex doctor --env {environment}.",
        )
    return None


def _check(check: Scenario, verdict: Verdict, detail: str, next_step: str = "") -> Check:
    return Check(name=str(check), verdict=verdict, detail=detail, next_step=next_step)


def _ago(then: datetime, now: datetime) -> str:
    return f"{in_words((now - then).total_seconds())} ago"
