"""The four measures, on logs as flows write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.dora import Deployment, by_week, deployments_of, measure
from models.log import GENESIS, Entry, Event, Record
from models.names import Scenario
from models.release import Release

START = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
PERIOD = (START, START + timedelta(days=28))

Run = tuple[Scenario, str, list[Event]]
APPLICATION, ROLLBACK, HOTFIX = Scenario.APPLICATION_DEPLOYMENT, Scenario.ROLLBACK, Scenario.HOTFIX
WELL = [Event.STARTED, Event.SUCCEEDED]
BACK = [Event.STARTED, Event.FAILED, Event.ROLLED_BACK]
STUCK = [Event.STARTED, Event.FAILED]


def log_of(*runs: Run) -> list[Record]:
    """One record an hour, the runs after each other. The release of a put back one is the commit `0`."""
    told = [(place, run, event) for place, run in enumerate(runs) for event in run[2]]
    return [
        Record(
            number=number,
            written_at=START + number * HOUR,
            previous_hash=GENESIS,
            entry=_entry(str(place), scenario, "0" if event is Event.ROLLED_BACK else commit, event),
        )
        for number, (place, (scenario, commit, _), event) in enumerate(told, start=1)
    ]


def _entry(run: str, scenario: Scenario, commit: str, event: Event) -> Entry:
    release = Release(
        environment="testing",
        commit=commit * 40,
        image_digest=f"sha256:{commit * 64}",
        desired_count=1,
        databases={},
    )
    return Entry(
        event=event,
        scenario=scenario,
        environment="testing",
        flow_run_id=run,
        flow_run_name=f"run {run}",
        requester="Ada",
        release=release,
    )


def of(*runs: Run, committed: dict[str, datetime] | None = None) -> list[Deployment]:
    return deployments_of(log_of(*runs), {commit * 40: time for commit, time in (committed or {}).items()})


def test_what_is_put_back_failed_and_was_restored_by_the_run_itself() -> None:
    well, back = of((APPLICATION, "a", WELL), (APPLICATION, "b", BACK))
    assert (well.failed, back.failed) == (False, True)
    assert back.time_to_restore == 2 * HOUR


@pytest.mark.parametrize("intervention", [ROLLBACK, HOTFIX, Scenario.SWITCH_BACK])
def test_a_deployment_that_needs_an_intervention_failed_although_it_had_succeeded(
    intervention: Scenario,
) -> None:
    """It is restored when the intervention has succeeded; a rollback itself is no deployment."""
    found = of((APPLICATION, "a", WELL), (intervention, "b", STUCK), (intervention, "b", WELL))
    assert found[0].failed
    assert found[0].time_to_restore == 4 * HOUR
    assert len(found) == (3 if intervention is HOTFIX else 1)


def test_what_nobody_restored_is_told_apart() -> None:
    measures = measure(of((APPLICATION, "a", WELL), (APPLICATION, "b", STUCK)), *PERIOD)
    assert (measures.failures, measures.failure_rate, measures.not_restored) == (1, 0.5, 1)
    assert measures.time_to_restore is None


def test_the_lead_time_ends_when_a_commit_first_runs_well() -> None:
    """Deploying it again, or after a failed try, brings no new change twice; an unknown commit has none."""
    committed = {"a": START - 24 * HOUR, "b": START}
    found = of(
        (APPLICATION, "a", WELL),
        (APPLICATION, "b", BACK),
        (APPLICATION, "b", WELL),
        (APPLICATION, "a", WELL),
        (APPLICATION, "c", WELL),
        committed=committed,
    )
    assert [each.lead_time for each in found] == [26 * HOUR, None, 7 * HOUR, None, None]


def test_what_changed_nothing_or_never_began_is_no_deployment() -> None:
    runs: list[Run] = [
        (APPLICATION, "a", [Event.UNCHANGED]),
        (Scenario.BACKUP, "a", [Event.FAILED]),
        (APPLICATION, "b", [Event.FAILED]),
        (Scenario.SCALING, "b", WELL),
    ]
    assert of(*runs) == []


def test_an_empty_period_has_no_rates() -> None:
    measures = measure([], *PERIOD)
    assert (measures.deployments, measures.per_week) == (0, 0.0)
    assert (measures.failure_rate, measures.lead_time, measures.time_to_restore) == (None, None, None)


RUNS = st.lists(
    st.tuples(
        st.sampled_from([*Scenario]),
        st.sampled_from("abc"),
        st.sampled_from([WELL, BACK, STUCK, [Event.STARTED], [Event.FAILED], [Event.UNCHANGED]]),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(RUNS, st.dictionaries(st.sampled_from("abc"), st.just(START)))
def test_whatever_a_log_holds_its_measures_hold_together(
    runs: list[Run], committed: dict[str, datetime]
) -> None:
    """No measure is negative or above one, and the weeks add up to the whole."""
    deployments = of(*runs, committed=committed)
    measures, weeks = measure(deployments, *PERIOD), by_week(deployments, *PERIOD)
    ended = [each for each in deployments if each.ended_at]
    assert measures.deployments == len(ended) == sum(week.well + week.failed for week in weeks)
    assert measures.failures == sum(week.failed for week in weeks)
    assert measures.failure_rate is None or 0 <= measures.failure_rate <= 1
    assert measures.not_restored <= measures.failures
    for each in deployments:
        assert each.time_to_restore is None or each.time_to_restore >= timedelta(0)
        assert (
            each.lead_time is None or (each.lead_time >= timedelta(0) and not each.restored_at) or each.failed
        )
        assert each.restored_at is None or each.failed


@settings(max_examples=60)
@given(RUNS, st.integers(1, 27))
def test_two_periods_that_follow_each_other_hold_what_the_whole_one_holds(runs: list[Run], day: int) -> None:
    """A deployment on the border is in one of them."""
    deployments, border = of(*runs), START + timedelta(days=day)
    parts = measure(deployments, START, border), measure(deployments, border, PERIOD[1])
    whole = measure(deployments, *PERIOD)
    assert sum(part.deployments for part in parts) == whole.deployments
    assert sum(part.failures for part in parts) == whole.failures
