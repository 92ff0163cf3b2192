"""A migration that is killed, or fails, at its steps: one slot always serves, and no data is lost.

Takes an hour: make exhaustive.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.migration import migration
from models.log import Event
from models.names import DatabaseName, Scenario
from models.request import MigrationRequest
from sandbox.pushing import push_files, push_image_everywhere
from tests.scenarios.failing import Fault, failing, run_here
from tests.scenarios.front_door import REQUESTER, begin, carry_out
from tests.scenarios.graph import contents, plant, takes_writes_in, with_data
from tests.scenarios.killed_support import (
    end_of,
    in_few_runs,
    kill_at_each,
    kill_flow,
    kill_server_at_each,
    story,
)
from tests.scenarios.place import Place
from tests.scenarios.test_migration import left_alone
from tests.scenarios.visitor import visiting

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(3600)]

LEDGER = DatabaseName.LEDGER
BESIDE = [
    "Fence ledger",
    "Apply the plan with Terraform",
    "Bring ledger back with its data",
    "Write the Bolt URLs of the",
    "Apply the next step with Terraform",
    "Watch the service until",
]
SWITCHING = ["Record: opened", "Give the other slot the requests"]
SENDING = {"Bring ledger back with its data": b"database-restore"}
"""What is denied in a step that waits first, for a machine that comes up, and asks again meanwhile."""

AFTER = ["Record: succeeded", "Write the Bolt URLs to SSM"]
KILLED = ["Rehearse ledger's migrations", *BESIDE[:3], "Migrate ledger", *BESIDE[3:], *SWITCHING, *AFTER]

GOING_BACK = [
    "Read what is in ledger before it takes",
    "Open ledger",
    "Give the other slot the",
    "Record: succeeded",
]
RETIRING = ["Take a snapshot of ledger", "Apply the plan with Terraform", "Record: succeeded"]


@pytest.fixture
def place(development: Place) -> Place:
    """Development with its live slot alone, and with data of every type in its databases."""
    left_alone(development)
    return with_data(development)


def push_next(place: Place) -> str:
    """A commit whose migration no database has run, with its image."""
    number = 1000 + len(place.log.records())
    files = {f"migrations/ledger/V{number}__more.cypher": f"CREATE (:Migrated {{number: {number}}});\n"}
    commit = push_files(place.sandbox, place.environment, files, f"Migrate to {number}")
    push_image_everywhere(place.sandbox, commit)
    return commit


def volumes(place: Place) -> int:
    """How many data volumes Terraform knows."""
    found = [item for item in place.state()["resources"] if item["type"] == "aws_ebs_volume"]
    return sum(len(item["instances"]) for item in found)


@pytest.mark.parametrize("step", [*BESIDE, *SWITCHING])
def test_a_failure_before_the_switch_leaves_the_old_slot_as_it_was(
    place: Place, step: str, tmp_path: Path
) -> None:
    """Its data, open for writes, serving throughout; and of the new slot nothing is left."""
    before = {database: contents(place, database) for database in DatabaseName}
    release, fault = place.release(), Fault(step, SENDING.get(step, b""))
    request = MigrationRequest(environment=place.name, requester=REQUESTER, commit=push_next(place))
    with visiting(place.outputs().api_url) as visits, failing(fault):
        ended = run_here(migration, request, tmp_path)
    assert fault.planted, f"no request was sent in the step {step}"
    assert ended.name in {"Failed", "Refused", "Rolled back"}, ended.message
    assert place.release() == release
    assert {database: contents(place, database) for database in DatabaseName} == before
    assert all(takes_writes_in(place, database) for database in DatabaseName)
    assert volumes(place) == len(DatabaseName)
    assert visits.failures == []
    assert set(visits.digests) == {release.image_digest}


def test_a_look_that_fails_after_the_switch_costs_no_write(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new slot serves, and has what clients wrote since: it stays, whatever comes of one look at it."""
    monkeypatch.setattr("tasks.rollout.TARGETS_SECONDS", 60)
    release = place.release()
    fault = Fault("Wait until every task answers", after="Give the other slot", lasting=True)
    request = MigrationRequest(environment=place.name, requester=REQUESTER, commit=push_next(place))
    with visiting(place.outputs().api_url) as visits, failing(fault):
        ended = run_here(migration, request, tmp_path)
    assert fault.planted
    assert ended.name == "Completed", ended.message
    assert place.release().live is release.live.other
    assert visits.failures == []


@pytest.mark.parametrize("steps", in_few_runs(KILLED), ids=lambda steps: steps[0])
def test_a_migration_that_is_killed_goes_on_and_does_nothing_twice(place: Place, steps: list[str]) -> None:
    """It ends with the other slot live and the migration run once, and no client missed an answer."""
    release, commit = place.release(), push_next(place)
    with visiting(place.outputs().api_url) as visits:
        run_id = begin(Scenario.MIGRATION, place.name, commit=commit)
        kill_at_each(run_id, dict.fromkeys(steps, kill_flow))
        ended = end_of(run_id)
    assert (ended.state_name, ended.run_count) == ("Completed", len(steps) + 1), ended.state
    assert place.release().live is release.live.other
    assert visits.failures == []
    assert all(takes_writes_in(place, database) for database in DatabaseName)
    events = [record.entry.event for record in place.records(run_id)]
    assert [events.count(one) for one in (Event.FENCED, Event.OPENED, Event.SUCCEEDED)] == [1, 1, 1]
    assert place.log.verify() == []


def test_a_migration_outlives_prefects_server_at_any_step(place: Place) -> None:
    """The same process goes on with another server, and does each step once."""
    release, commit = place.release(), push_next(place)
    with visiting(place.outputs().api_url) as visits:
        run_id = begin(Scenario.MIGRATION, place.name, commit=commit)
        kill_server_at_each(place.sandbox, run_id, KILLED)
        ended = end_of(run_id)
    assert (ended.state_name, ended.run_count) == ("Completed", 1), ended.state
    assert place.release().live is release.live.other
    assert visits.failures == []
    assert set(story(place, run_id).values()) == {1}


@pytest.fixture
def kept(development: Place) -> Place:
    """Development with the slot beside it that was live before its last migration."""
    if development.release().standby is None:
        ended = carry_out(Scenario.MIGRATION, development.name, commit=push_next(with_data(development)))
        assert ended.state == "Completed", ended.message
    return development


def test_going_back_and_retiring_go_on_wherever_they_are_killed(kept: Place) -> None:
    """What only the slot that is left had is counted, each thing happens once, and no request is lost."""
    release = kept.release()
    plant(kept, LEDGER, "only here", count=1)
    with visiting(kept.outputs().api_url) as visits:
        back = begin(Scenario.SWITCH_BACK, kept.name, reason="The new code is wrong")
        kill_at_each(back, dict.fromkeys(GOING_BACK, kill_flow))
        returned = end_of(back)
        assert (returned.state_name, returned.run_count) == ("Completed", len(GOING_BACK) + 1), returned.state
        retired = begin(Scenario.RETIREMENT, kept.name, early=True)
        kill_at_each(retired, dict.fromkeys(RETIRING, kill_flow))
        ended = end_of(retired)
        assert (ended.state_name, ended.run_count) == ("Completed", len(RETIRING) + 1), ended.state
    assert (kept.release().live, kept.release().standby) == (release.live.other, None)
    assert volumes(kept) == len(DatabaseName)
    assert visits.failures == []
    assert all(takes_writes_in(kept, database) for database in DatabaseName)
    assert set(story(kept, back).values()) == set(story(kept, retired).values()) == {1}
    assert returned.state is not None
    assert "+1 Everything" in str(returned.state.message), returned.state.message
