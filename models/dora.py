"""The four measures of software delivery, computed from a deployment log.

Defined as in "DORA's software delivery metrics: the four keys" (dora.dev/guides/dora-metrics-four-keys), but
for the last name, which is failed deployment recovery time there:

- deployment frequency: how often a change is deployed;
- lead time for changes: from a commit to its being deployed successfully;
- change failure rate: the share of deployments that need an immediate intervention, a rollback or a hotfix;
- time to restore: from a deployment that fails until the environment runs well again.

A deployment is a flow run that began to apply a change. One that changed nothing, was refused or was rejected
is none, and neither is a rollback, which is the intervention. Scaling and backups change nothing that was
developed. Pure: whoever calls gives the time and the commits' times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from pydantic import BaseModel, ConfigDict

from models.log import Event, Record
from models.names import CommitSha, Scenario

DEPLOYMENTS = {
    Scenario.INITIAL_DEPLOYMENT,
    Scenario.APPLICATION_DEPLOYMENT,
    Scenario.HOTFIX,
    Scenario.CONFIGURATION,
    Scenario.NEO4J_CHANGE,
    Scenario.MIGRATION,
}
INTERVENTIONS = {Scenario.ROLLBACK, Scenario.HOTFIX, Scenario.SWITCH_BACK}
WEEK = timedelta(days=7)


class Deployment(BaseModel):
    """One deployment of one environment. `ended_at` None: it has not ended, or nobody wrote it down.

    `restored_at` is when the environment ran well again after a failed one; None while it does not, and for
    one that did not fail. `lead_time` is known where the commit's time is, and the commit was new there.
    """

    model_config = ConfigDict(frozen=True)

    flow_run_id: str
    flow_run_name: str
    scenario: Scenario
    commit: CommitSha | None
    started_at: datetime
    ended_at: datetime | None
    failed: bool
    failed_at: datetime | None = None
    restored_at: datetime | None = None
    lead_time: timedelta | None = None

    @property
    def time_to_restore(self) -> timedelta | None:
        """From the failure, or from the start of what did not come up, until all was well again."""
        if self.failed_at is None or self.restored_at is None:
            return None
        return self.restored_at - self.failed_at


class Measures(BaseModel):
    """The four measures over a period. None where there is nothing to measure by; times are medians."""

    model_config = ConfigDict(frozen=True)

    deployments: int
    per_week: float
    lead_time: timedelta | None
    lead_times_known: int
    failures: int
    failure_rate: float | None
    time_to_restore: timedelta | None
    not_restored: int


class Week(BaseModel):
    """How many deployments of seven days went well, and how many failed."""

    model_config = ConfigDict(frozen=True)

    begins: datetime
    well: int
    failed: int


def deployments_of(records: Sequence[Record], committed: Mapping[CommitSha, datetime]) -> list[Deployment]:
    """The deployments of one environment's log, in the order of their starts; records come oldest first."""
    runs: dict[str, list[Record]] = {}
    for record in records:
        runs.setdefault(record.entry.flow_run_id, []).append(record)
    told = DEPLOYMENTS | INTERVENTIONS
    changes = [run for run in runs.values() if run[0].entry.scenario in told and _changed(run)]
    known = _first_good(records)
    return [
        _deployment(run, changes[place + 1 :], committed, known)
        for place, run in enumerate(changes)
        if run[0].entry.scenario in DEPLOYMENTS
    ]


def measure(deployments: Iterable[Deployment], since: datetime, until: datetime) -> Measures:
    """The measures of the deployments that started in the period; one that has not ended does not count."""
    counted = [each for each in deployments if each.ended_at and since <= each.started_at < until]
    leads = [each.lead_time for each in counted if each.lead_time is not None]
    restored = [each.time_to_restore for each in counted if each.time_to_restore is not None]
    failures = sum(each.failed for each in counted)
    return Measures(
        deployments=len(counted),
        per_week=len(counted) / ((until - since) / WEEK),
        lead_time=_median(leads),
        lead_times_known=len(leads),
        failures=failures,
        failure_rate=failures / len(counted) if counted else None,
        time_to_restore=_median(restored),
        not_restored=sum(each.failed and each.restored_at is None for each in counted),
    )


def by_week(deployments: Iterable[Deployment], since: datetime, until: datetime) -> list[Week]:
    """The period in weeks that end with it; the first one begins where `since` falls into it, or before."""
    counted = [each for each in deployments if each.ended_at and since <= each.started_at < until]
    number = max(-(-(until - since) // WEEK), 1)
    begins = [until - WEEK * (number - place) for place in range(number)]
    weeks = [[each for each in counted if begin <= each.started_at < begin + WEEK] for begin in begins]
    return [
        Week(
            begins=begin, well=sum(not each.failed for each in week), failed=sum(each.failed for each in week)
        )
        for begin, week in zip(begins, weeks, strict=True)
    ]


def _changed(run: list[Record]) -> bool:
    """Whether the run began to change something; a failure before that is a refusal in other words."""
    return any(record.entry.event in {Event.STARTED, Event.SUCCEEDED} for record in run)


def _first_good(records: Sequence[Record]) -> dict[CommitSha, int]:
    """The number of the record from which on each commit ran well for the first time."""
    first: dict[CommitSha, int] = {}
    for record in records:
        if record.good_release is not None:
            first.setdefault(record.good_release.commit, record.number)
    return first


def _deployment(
    run: list[Record],
    later: list[list[Record]],
    committed: Mapping[CommitSha, datetime],
    first_good: Mapping[CommitSha, int],
) -> Deployment:
    begun, end = run[0], _end(run)
    release = begun.entry.release
    failed_here = any(record.entry.event in {Event.FAILED, Event.ROLLED_BACK} for record in run)
    intervened = bool(later) and later[0][0].entry.scenario in INTERVENTIONS and end is not None
    failed_at = begun.written_at if failed_here else end.written_at if intervened and end else None
    lead = None
    if end is not None and not failed_here and release is not None:
        new = first_good.get(release.commit) == end.number
        lead = end.written_at - committed[release.commit] if new and release.commit in committed else None
    return Deployment(
        flow_run_id=begun.entry.flow_run_id,
        flow_run_name=begun.entry.flow_run_name,
        scenario=begun.entry.scenario,
        commit=release.commit if release else None,
        started_at=begun.written_at,
        ended_at=end.written_at if end else None,
        failed=failed_at is not None,
        failed_at=failed_at,
        restored_at=_restored(run if failed_here else [], later) if failed_at else None,
        lead_time=lead if lead is None or lead >= timedelta(0) else None,
    )


def _end(run: list[Record]) -> Record | None:
    return next((record for record in reversed(run) if record.entry.event.ends_a_deployment), None)


def _restored(run: list[Record], later: list[list[Record]]) -> datetime | None:
    """When a good release ran again: put back by the run itself, or by the next change that went well."""
    following = [record for each in [run, *later] for record in each]
    return next((record.written_at for record in following if record.good_release is not None), None)


def _median(times: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(time.total_seconds() for time in times)) if times else None
