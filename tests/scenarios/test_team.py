"""Prefect on PostgreSQL and two workers without a shared disk: either one continues what the other began.

Needs a sandbox in the shape of a team, which CREDEX_TEST_SANDBOX names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import FlowRun, State

from deployments.runs import prefect
from models.names import Scenario
from sandbox.prefect.database import database_url
from sandbox.settings import Profile
from sandbox.settings_files import Document, changed
from systems.waiting import wait_for
from tasks.lock import lock_name
from tests.conftest import RunningSandbox
from tests.scenarios.front_door import approve, begin, slots_taken, wait_for_question
from tests.scenarios.killed_support import (
    SOON,
    built_twice,
    end_of,
    is_applying,
    lock_of,
    lose_machine,
    story,
    times_asked,
)
from tests.scenarios.place import Place
from tests.scenarios.search import found_in, objects, rows_of_postgresql, secrets_of
from tests.scenarios.test_secrecy import planted_in_prefect, values_of

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(1800)]

NOTICED_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True)
class Moved:
    """A deployment asked on one machine, applied on another, and ended on the first one's heir."""

    place: Place
    run: FlowRun
    homes: tuple[Path, Path]
    lost_at: datetime


def _asks(document: Document) -> None:
    document["approval"]["required"] = True


@pytest.fixture(scope="module")
def moved(sandbox: RunningSandbox, development: Place) -> Iterator[Moved]:
    """Each machine is lost with its disk: the first while the run waits, the second while it applies."""
    settings = sandbox.settings
    if settings.profile is not Profile.TEAM:
        pytest.skip("this sandbox has one worker: CREDEX_SANDBOX_PROFILE=team credex sandbox up")
    with changed(settings, development.name, _asks):
        commit = development.push().commit
        run_id = begin(Scenario.APPLICATION_DEPLOYMENT, development.name, commit=commit)
        question = wait_for_question(run_id)
        first = lose_machine(settings, run_id)
        approve(question, "Tendai Ncube")
        assert wait_for(lambda: is_applying(development), SOON), "no other worker continues it"
        second, lost_at = lose_machine(settings, run_id), datetime.now(UTC)
        first.mkdir()
        run = end_of(run_id)
    yield Moved(development, run, (first, second), lost_at)
    second.mkdir(exist_ok=True)


def states_of(run: FlowRun) -> list[State[Any]]:
    with prefect() as client:
        return client.read_flow_run_states(run.id)


def test_a_run_goes_on_where_another_machine_left_it(moved: Moved) -> None:
    """It was approved on one that never asked, and ended on one that had never seen it."""
    assert moved.run.state_name == "Completed", moved.run.state
    assert moved.homes[0] != moved.homes[1]
    assert moved.run.run_count == 2
    assert times_asked(moved.run.id) == 1


def test_a_lost_machine_is_noticed_within_two_minutes(moved: Moved) -> None:
    """By the other worker, which knows the run by its silence alone."""
    crashed = [state.timestamp for state in states_of(moved.run) if state.is_crashed()]
    assert crashed[0] - moved.lost_at < NOTICED_WITHIN


def test_nothing_is_done_or_told_twice(moved: Moved) -> None:
    """Every event of the log once, every resource once, no lock left behind."""
    told = story(moved.place, moved.run.id)
    assert set(told.values()) == {1}, told
    assert moved.place.log.verify() == []
    assert built_twice(moved.place) == []
    assert lock_of(moved.place) is None
    assert slots_taken(lock_name(moved.place.environment)) == 0


def test_no_secret_is_among_the_results_that_all_workers_share(sandbox: RunningSandbox, moved: Moved) -> None:
    """Every version of each, base64 of pickles included."""
    bucket = f"s3://{sandbox.settings.results_bucket}/"
    results = [(place, content) for place, content in objects(moved.place.aws) if place.startswith(bucket)]
    assert results
    assert found_in(results, secrets_of(values_of(sandbox.settings))) == []


def test_no_secret_is_in_any_row_of_the_teams_database(sandbox: RunningSandbox, moved: Moved) -> None:
    """After a run on both machines: its logs, states, parameters, artifacts, events, inputs, and blocks."""
    found = rows_of_postgresql(database_of(sandbox))
    assert any(str(moved.run.id).encode() in row for _, row in found)
    assert found_in(found, secrets_of(values_of(sandbox.settings))) == []


def test_a_secret_would_be_found_in_the_teams_database(sandbox: RunningSandbox, moved: Moved) -> None:
    """Planted as a variable, in the middle of a long value."""
    with planted_in_prefect() as secret:
        assert found_in(rows_of_postgresql(database_of(sandbox)), [secret])


def database_of(sandbox: RunningSandbox) -> str:
    """Where the team's Prefect keeps everything, password included."""
    return database_url(sandbox.settings).replace("+asyncpg", "")
