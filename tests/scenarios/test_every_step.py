"""A change of the databases that fails, or is killed, at each of its steps: the data is identical after each.

Takes an hour: make exhaustive.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.neo4j_change import neo4j_change
from models.log import Event
from models.names import DatabaseName, Scenario
from models.request import Neo4jChangeRequest
from tests.scenarios.failing import Fault, failing, run_here
from tests.scenarios.front_door import REQUESTER, begin
from tests.scenarios.graph import contents, takes_writes_in, with_data
from tests.scenarios.killed_support import built_twice, end_of, in_few_runs, kill_at_each, kill_flow
from tests.scenarios.place import Place

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(1800)]

SETTING = "server.memory.pagecache.size"
FENCING = [
    "Remember where the environment's parts are",
    "Record: fenced",
    "Fence ledger",
    "Read what is in search before",
    "Dump ledger",
    "Take a snapshot of search's volume",
    "Restore ledger's dump into a scratch server and compare",
    "Record the backup of search",
]
BORNE = "Wait until every task answers the load balancer"
"""What is denied once here is asked again at the next look."""

CHANGING = [
    "Apply the plan with Terraform",
    "Read Terraform's outputs",
    "Wait until ledger lets the application log in",
    "Read what is in ledger after",
    "Write the Bolt URLs to SSM",
    "Watch the service until",
    BORNE,
    "Record: opened",
]
OPENING = ["Open ledger", "Check that the service runs the release's image", "Record: succeeded"]


@pytest.fixture(scope="module")
def place(development: Place) -> Place:
    """Development, with data of every type in both databases."""
    return with_data(development)


@pytest.fixture(scope="module")
def other_place(staging: Place) -> Place:
    """Staging, with the same: what is killed and what fails need not wait for each other."""
    return with_data(staging)


def another_setting(place: Place) -> str:
    """A page cache of another size than the ledger has now."""
    release = place.release()
    now = release.databases[DatabaseName.LEDGER].settings.get(SETTING)
    return f"{SETTING}={'72m' if now != '72m' else '80m'}"


def require_intact(place: Place, before: dict[DatabaseName, list[str]]) -> None:
    """The same data, writable, the application serving, and nothing in AWS that Terraform does not know."""
    assert {database: contents(place, database) for database in DatabaseName} == before
    assert all(takes_writes_in(place, database) for database in DatabaseName)
    assert place.serving()["image_digest"]
    assert built_twice(place) == []
    assert place.log.verify() == []
    assert place.log.unfinished() == []


@pytest.mark.parametrize("step", [*FENCING, *CHANGING, *OPENING])
def test_a_failure_at_any_step_leaves_the_data_as_it_was(place: Place, step: str, tmp_path: Path) -> None:
    """Before the apply nothing was changed; after it all is put back; nothing is lost at the very end."""
    before = {database: contents(place, database) for database in DatabaseName}
    release, fault = place.log.current_release(), Fault(step)
    request = Neo4jChangeRequest.model_validate(
        {
            "environment": place.name,
            "requester": REQUESTER,
            "databases": "ledger",
            "settings": another_setting(place),
        }
    )
    with failing(fault):
        ended = run_here(neo4j_change, request, tmp_path)
    assert fault.planted, f"no request was sent in the step {step}"
    expected = {"Completed"} if step == BORNE else {"Failed", "Refused", "Rolled back"}
    assert ended.name in expected, ended.message
    require_intact(place, before)
    if step in CHANGING and step not in {CHANGING[0], BORNE}:
        assert (ended.name, place.log.current_release()) == ("Rolled back", release), ended.message
    if step in FENCING:
        assert place.log.current_release() == release


@pytest.mark.parametrize("steps", in_few_runs([*FENCING, *CHANGING, *OPENING]), ids=lambda steps: steps[0])
def test_a_run_that_is_killed_at_any_step_goes_on_and_changes_nothing_twice(
    other_place: Place, steps: list[str]
) -> None:
    """It ends as if nothing had happened, with one record of each event."""
    place = other_place
    before = {database: contents(place, database) for database in DatabaseName}
    run_id = begin(Scenario.NEO4J_CHANGE, place.name, databases="ledger", settings=another_setting(place))
    kill_at_each(run_id, dict.fromkeys(steps, kill_flow))
    ended = end_of(run_id)
    assert (ended.state_name, ended.run_count) == ("Completed", len(steps) + 1), ended.state
    require_intact(place, before)
    events = [record.entry.event for record in place.records(run_id)]
    assert events == [Event.FENCED, Event.STARTED, Event.OPENED, Event.SUCCEEDED]
