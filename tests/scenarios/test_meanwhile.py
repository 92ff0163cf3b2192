"""What others do while a run is interrupted with writes kept out, and what is left by one that never goes on.

Takes half an hour: make exhaustive.
"""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from prefect.states import Cancelled

from deployments.runs import prefect
from flows.retirement import retirement
from flows.switch_back import switch_back
from models.log import Entry, Event
from models.names import DatabaseName, Scenario
from models.release import Release
from models.request import RetirementRequest, SwitchBackRequest
from systems.aws.database_machine import find_machine
from systems.waiting import wait_for
from tests.scenarios.failing import Fault, failing, run_here
from tests.scenarios.front_door import REQUESTER, begin, carry_out
from tests.scenarios.graph import contents, plant, takes_writes_in, with_data
from tests.scenarios.killed_support import AT_ONCE, end_of, kill_flow, step_began
from tests.scenarios.place import Place
from tests.scenarios.test_every_step import another_setting, require_intact
from tests.scenarios.test_migration import left_alone, nothing_beside
from tests.scenarios.test_migration_interrupted import push_next

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(3600)]

LEDGER = DatabaseName.LEDGER
PROVING = "Restore ledger's dump into a scratch server and compare"


@pytest.fixture
def place(development: Place) -> Place:
    """Development with its live slot alone, and with data of every type in its databases."""
    left_alone(development)
    return with_data(development)


def killed_behind_its_fence(place: Place) -> UUID:
    """A change of the ledger that was killed while it proved its backup."""
    run_id = begin(Scenario.NEO4J_CHANGE, place.name, databases="ledger", settings=another_setting(place))
    assert wait_for(lambda: step_began(run_id, PROVING), AT_ONCE), "it does not come to its proof"
    kill_flow(run_id)
    return run_id


def record(place: Place, event: Event, release: Release, run: str) -> None:
    """Another run's record in the log."""
    place.log.append(
        Entry(
            event=event,
            scenario=Scenario.SCALING,
            environment=place.name,
            flow_run_id=run,
            flow_run_name=run,
            requester="Ada",
            release=release,
        )
    )


def test_what_was_written_after_somebody_lifted_the_fence_is_kept(place: Place) -> None:
    """The run that goes on does not rely on the backup that it made before."""
    release, run_id = place.release(), killed_behind_its_fence(place)
    find_machine(place.aws, place.environment.in_slot(release.live), LEDGER).unfence(print)
    plant(place, LEDGER, f"late-{run_id}", count=3)
    written = {database: contents(place, database) for database in DatabaseName}
    ended = end_of(run_id)
    assert ended.state is not None
    assert "ledger was let take writes while this run was interrupted" in str(ended.state.message)
    assert Event.STARTED not in {each.entry.event for each in place.records(run_id)}
    assert place.release() == release
    require_intact(place, written)


def test_a_run_that_was_overtaken_behind_its_fence_lifts_it_and_asks_nobody(place: Place) -> None:
    """Others changed the release meanwhile: what it had planned is not what there is any more."""
    held = {database: contents(place, database) for database in DatabaseName}
    release, run_id = place.release(), killed_behind_its_fence(place)
    other = release.model_copy(update={"desired_count": release.desired_count + 1})
    record(place, Event.SUCCEEDED, other, "faster")
    ended = end_of(run_id)
    record(place, Event.SUCCEEDED, release, "as it was")
    assert ended.state is not None
    assert "Others changed development while this run was interrupted" in str(ended.state.message)
    events = [each.entry.event for each in place.records(run_id)]
    assert events == [Event.FENCED, Event.FAILED]
    require_intact(place, held)


def test_a_deployment_that_was_overtaken_in_its_middle_is_not_made_again(place: Place) -> None:
    """What others put in its place stays: they may have meant to undo it."""
    release, image = place.release(), place.push()
    run_id = begin(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=image.commit)
    assert wait_for(lambda: step_began(run_id, "Watch the service until"), AT_ONCE)
    kill_flow(run_id)
    record(place, Event.SUCCEEDED, release, "faster")
    ended = end_of(run_id)
    assert ended.state is not None
    assert ended.state.name == "Failed"
    assert "Others changed development while this run was interrupted" in str(ended.state.message)
    events = [each.entry.event for each in place.records(run_id)]
    assert events == [Event.STARTED, Event.FAILED]
    again = carry_out(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=image.commit)
    assert again.state == "Completed", again.message


@pytest.fixture
def kept(place: Place) -> Place:
    """Development after a migration, which keeps the old slot."""
    migrated = carry_out(Scenario.MIGRATION, place.name, commit=push_next(place))
    assert migrated.state == "Completed", f"{migrated.story}\n{migrated.message}"
    return place


def test_a_switch_back_that_fails_keeps_writes_out_of_the_slot_that_it_leaves(
    kept: Place, tmp_path: Path
) -> None:
    """Its databases were let take writes, and the application's own jobs write; nobody would look there.

    What ends with nothing changed is called refused.
    """
    release = kept.release()
    other = kept.environment.in_slot(release.live.other)
    request = SwitchBackRequest(environment=kept.name, requester=REQUESTER, reason="Fees are wrong")
    with failing(Fault("Watch the service until")):
        failed = run_here(switch_back, request, tmp_path)
    assert failed.name == "Refused", failed.message
    machine = find_machine(kept.aws, other, LEDGER)
    assert machine.status(print).fenced
    assert machine.status(print).leftovers == []
    assert kept.release() == release
    assert takes_writes_in(kept, LEDGER)
    back = carry_out(Scenario.SWITCH_BACK, kept.name, reason="Fees are wrong")
    assert back.state == "Completed", f"{back.story}\n{back.message}"
    assert takes_writes_in(kept, LEDGER)


def test_a_retirement_that_failed_at_its_end_goes_on_with_what_is_left(kept: Place, tmp_path: Path) -> None:
    """The slot is gone and the log does not know it: started again it says so, with nothing to back up."""
    place = kept
    request = RetirementRequest(environment=place.name, requester=REQUESTER, early=True)
    with failing(Fault("Read Terraform's outputs")):
        failed = run_here(retirement, request, tmp_path)
    assert failed.name == "Failed", failed.message
    assert nothing_beside(place)
    assert place.release().standby is not None
    ended = carry_out(Scenario.RETIREMENT, place.name, early=True)
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    assert place.release().standby is None
    deployed = carry_out(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=place.push().commit)
    assert deployed.state == "Completed", deployed.message


def test_a_retirement_removes_what_a_cancelled_migration_left(place: Place) -> None:
    """Its machines and volumes, its fence and its copies; what served keeps all its data."""
    held, release = {database: contents(place, database) for database in DatabaseName}, place.release()
    run_id = begin(Scenario.MIGRATION, place.name, commit=push_next(place))
    assert wait_for(lambda: step_began(run_id, "Bring ledger back with its data"), AT_ONCE)
    kill_flow(run_id)
    with prefect() as client:
        client.set_flow_run_state(run_id, Cancelled(), force=True)
    assert not nothing_beside(place)
    assert not takes_writes_in(place, LEDGER)
    ended = carry_out(Scenario.RETIREMENT, place.name)
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    assert nothing_beside(place)
    assert place.release() == release
    assert {database: contents(place, database) for database in DatabaseName} == held
    assert all(takes_writes_in(place, database) for database in DatabaseName)
    machine = find_machine(place.aws, place.environment.in_slot(release.live), LEDGER)
    assert machine.status(print).leftovers == []
    assert carry_out(Scenario.RETIREMENT, place.name).state == "Unchanged"
