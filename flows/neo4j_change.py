"""Scenario 3: another Neo4j version, machine, address or setting, without a byte of the data changing."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.addresses import follow_addresses
from flows.databases_back import DatabasesBack
from flows.forms import Form
from flows.outcome import ends_in_words
from flows.putting_back import last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish
from flows.safeguards import Secured, discard_copies, open_again, secure
from models.change import Change
from models.check import Verification
from models.elsewhere import require_machines
from models.log import Event
from models.names import Scenario
from models.neo4j_change import next_databases
from models.outputs import Outputs
from models.release import Release
from models.request import Neo4jChangeRequest
from models.sameness import require_same_databases
from tasks.applying import apply_plan, read_outputs
from tasks.database_checks import check_database_change, require_room_for_backups
from tasks.databases import wait_for_database
from tasks.informing import inform
from tasks.preflight import check_environment
from tasks.proving import read_data
from tasks.recording import record_outcome, require_release
from tasks.rollout import wait_for_targets, watch_release
from tasks.side_by_side import side_by_side
from tasks.verification import require_success, verify

SCENARIO = Scenario.NEO4J_CHANGE


@flow(name=SCENARIO.value, flow_run_name="change-neo4j-{request.environment}", persist_result=True)
@ends_in_words
def neo4j_change(request: Form[Neo4jChangeRequest]) -> State[Any]:
    """Change Neo4j's version, instance type, address or settings, and prove that the data stays as it is.

    - **Touches** the databases' machines, and what follows from their addresses; their data volumes stay.
    - **Takes** some minutes, in which the application reads and cannot write; the backups that are made and
      proven meanwhile take the most of it.
    - **Asks** for an approval where the environment wants one.
    - **If it fails** the databases are put back as they were, with the same data, and the log says so.
    """
    environment = check_environment(request.environment)
    require_machines(environment, request.databases.names)

    def next_release(current: Release | None) -> Release:
        now = require_release(environment, current)
        live = environment.in_slot(now.live)
        wanted = next_databases(now.databases, request)
        for database, settings in wanted.items():
            check_database_change(live, database, now.databases[database], settings)
        if wanted != now.databases:
            require_room_for_backups(live, now)
        return now.model_copy(update={"databases": wanted})

    return on_the_rail(environment, SCENARIO, request, next_release=next_release, carry_out=carry_out)


def carry_out(change: Change) -> State[Any]:
    """Fence, back up, prove, apply, prove again, open; on failure the databases are put back."""
    if not change.changes_anything:
        return lift_fence(change)
    with last_good_release_on_failure(change, DatabasesBack(change)):
        inform(change, Event.STARTED)
        secured = secure(change)
        secured_change = secured.named_in(change)
        apply_plan(secured_change)
        outputs = read_outputs(change.environment)
        require_data_untouched(change, outputs, secured)
        follow_addresses(change, outputs)
        wait_for_application(change, outputs)
        record_outcome(secured_change, Event.OPENED)
        open_again(change, outputs)
        verification = verify_data(change, outputs, secured)
    discard_copies(change)
    return finish(secured_change, verification, outputs)


def lift_fence(change: Change) -> State[Any]:
    """Where all is as asked for already: what an interrupted change left behind, fence and copies, goes."""
    outputs = read_outputs(change.environment)
    open_again(change, outputs)
    verification = verify(change.environment, outputs, change.release)
    require_success(verification)
    discard_copies(change)
    return finish(change, verification, outputs)


def require_data_untouched(change: Change, outputs: Outputs, secured: Secured) -> None:
    """Wait until both databases let the application log in, read all that is in them, and compare.

    Raises DataDiffers or DeployError.
    """
    environment, databases = change.environment, list(change.release.databases)
    side_by_side(databases, lambda each: wait_for_database.submit(environment, outputs, each))
    after = side_by_side(databases, lambda each: read_data.submit(environment, outputs, each, "after"))
    require_same_databases(after, secured.before, next_step="The databases are put back.")


def wait_for_application(change: Change, outputs: Outputs) -> None:
    """Wait until the application serves, while there is still nothing to lose by going back."""
    watch_release(change.environment, outputs, change.release)
    wait_for_targets(change.environment, outputs, change.release)


def verify_data(change: Change, outputs: Outputs, secured: Secured) -> Verification:
    """The whole verification, with the databases as they were before the change; raises as it does."""
    verification = verify(change.environment, outputs, change.release, secured.identities)
    require_success(verification)
    return verification
