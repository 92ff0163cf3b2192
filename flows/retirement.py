"""The end of the slot that a migration left: looked at, backed up, asked for, removed."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.backup import Proven, snapshot_and_prove
from flows.forms import Form
from flows.outcome import ends_in_words, unchanged
from flows.putting_back import WayBack, last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish
from flows.safeguards import discard_copies, open_again, read_all
from models.change import Change
from models.environment import Environment
from models.log import Event
from models.names import DatabaseName, Scenario
from models.release import Release
from models.request import RetirementRequest
from models.slot_writes import held_page
from tasks.applying import apply_plan, began, read_outputs
from tasks.databases import read_identities
from tasks.informing import inform
from tasks.preflight import check_environment
from tasks.recording import read_current_release, require_release
from tasks.slots import is_there, is_whole, kept_until, read_standby, show_data
from tasks.verification import require_success, verify

SCENARIO = Scenario.RETIREMENT


@flow(name=SCENARIO.value, flow_run_name="retire-{request.environment}", persist_result=True)
@ends_in_words
def retirement(request: Form[RetirementRequest]) -> State[Any]:
    """Remove the slot that is kept since the last migration, once its time is over.

    - **Touches** that slot's service, machines and volumes, and nothing of the one that serves.
    - **Takes** some minutes: its databases are backed up once more, and the backups proven.
    - **Asks** for an approval where the environment wants one.
    - **If it fails** start it again: it goes on with what is left.
    """
    environment = check_environment(request.environment)
    now = read_current_release(environment)
    if now is None or (now.standby is None and not is_there(environment.in_slot(now.live.other))):
        return unchanged(f"{environment.name} keeps no slot, so there is nothing to retire.")
    until = kept_until(environment, now)
    if until is not None and not request.early:
        return unchanged(
            f"The {now.live.other} slot of {environment.name} is kept until {until:%Y-%m-%d %H:%M} UTC."
        )
    return on_the_rail(
        environment,
        SCENARIO,
        request,
        next_release=lambda current: without_standby(require_release(environment, current)),
        carry_out=carry_out,
        also_shown=what_goes,
    )


def without_standby(now: Release) -> Release:
    """The live slot alone."""
    return now.model_copy(update={"standby": None})


def what_goes(change: Change) -> str:
    """What the slot's databases hold, where they can still be read."""
    going, moment = _going(change), change.at_plan
    if not is_whole(going):
        return f"Of the {going.slot} slot of {going.name} not all is there; what is left is removed."
    held = read_all(going, read_standby(going), change.release.databases, moment)
    title = f"what goes with the {going.slot} slot of {going.name}"
    return show_data(going, title, held_page(held, title))


def carry_out(change: Change) -> State[Any]:
    """Back up what goes, prove it, remove it; then look whether what serves is as it was.

    What a migration that was cut off had built goes too; it had kept writes out of what serves.
    """
    environment, going = change.environment, _going(change)
    with last_good_release_on_failure(change, NothingToPutBack()):
        inform(change, Event.STARTED)
        before = read_identities(change)
        taken = _back_up(going, change)
        if change.changes_anything:
            apply_plan(change)
        outputs = read_outputs(environment)
        if change.current is not None and change.current.standby is None:
            open_again(change, outputs)
            discard_copies(change)
        verification = verify(environment, outputs, change.release, before)
        require_success(verification)
    told = ", ".join(f"{name} as {snapshot}" for name, (snapshot, _) in taken.items())
    besides = f"Kept of it: {told}." if told else "It was not whole any more: its volumes left snapshots."
    return finish(change.model_copy(update={"besides": besides}), verification, outputs)


def _back_up(going: Environment, change: Change) -> dict[DatabaseName, Proven]:
    if not is_whole(going):
        return {}
    return snapshot_and_prove(going, read_standby(going), list(change.release.databases))


def _going(change: Change) -> Environment:
    return change.environment.in_slot(change.release.live.other)


class NothingToPutBack(WayBack):
    """What is removed does not come back; the slot that serves was not touched."""

    scenario = SCENARIO

    def stays(self, change: Change, error: Exception) -> bool:  # noqa: ARG002 nothing depends on it
        """Always: the rest of it goes with the next run."""
        return began(change) is not None
