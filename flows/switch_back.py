"""Back to the slot that was live before a migration: in seconds, and saying what is lost by it."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.other_slot import OtherSlot, follow_the_slot
from flows.outcome import ends_in_words
from flows.putting_back import WayBack, last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish
from flows.safeguards import identities_of, open_databases, read_all
from models.change import Change
from models.check import Verification
from models.errors import Refused
from models.log import Event
from models.names import Scenario
from models.release import Release, Standby
from models.request import SwitchBackRequest
from models.slot_writes import loss_sentence, losses_of, slot_loss_page
from tasks.applying import outputs_before, read_outputs
from tasks.backing_up import clear_up
from tasks.fencing import fence_again
from tasks.informing import inform
from tasks.preflight import check_environment
from tasks.recording import read_current_release, require_release
from tasks.rollout import wait_for_targets, watch_release
from tasks.side_by_side import side_by_side
from tasks.slots import data_at_switch, show_data, switch_by_plan, verify_slot
from tasks.verification import require_serving

SCENARIO = Scenario.SWITCH_BACK


@flow(name=SCENARIO.value, flow_run_name="switch-back-{request.environment}", persist_result=True)
@ends_in_words
def switch_back(request: Form[SwitchBackRequest]) -> State[Any]:
    """Give the slot that was live before the last migration the requests again.

    - **Touches** the load balancer's listener, and lets the old databases take writes again.
    - **Takes** seconds once it is agreed to; no request is lost.
    - **Loses** what was written to the new databases since: it says how much, before and after.
    - **Asks** for an approval where the environment wants one.
    - **If it fails** the slot that is live now has the requests again.
    """
    environment = check_environment(request.environment)
    require_kept(require_release(environment, read_current_release(environment)))
    return on_the_rail(
        environment,
        SCENARIO,
        request,
        next_release=lambda current: next_release(require_release(environment, current)),
        carry_out=carry_out,
        because=request.reason,
        also_shown=what_is_lost,
    )


def require_kept(now: Release) -> Standby:
    """The slot to go back to. Raises Refused where there is none."""
    if now.standby is None:
        raise Refused(
            f"{now.environment} keeps no slot that it could go back to.",
            next_step="Restore a backup instead: credex backup list names them.",
        )
    return now.standby


def next_release(now: Release) -> Release:
    """The two slots with their parts exchanged; the one that is left is kept as long as the other was."""
    return now.switched(require_kept(now).kept_hours)


def what_is_lost(change: Change) -> str:
    """What was written to the live databases since the switch, and only to them."""
    environment, moment = change.environment, change.at_plan
    then = data_at_switch(environment, moment)
    now = read_all(environment, outputs_before(change), then, moment)
    title = f"what {environment.name} loses by going back to its {change.release.live} slot"
    return show_data(environment, title, slot_loss_page(then, now, title))


def carry_out(change: Change) -> State[Any]:
    """Let the old databases take writes, give their slot the requests, say what is lost; else all stays.

    What follows the switch can no longer undo it.
    """
    then = data_at_switch(change.environment, change.at_plan)
    left = outputs_before(change)
    with last_good_release_on_failure(change, StaysOnSlot()):
        inform(change, Event.STARTED)
        slot = OtherSlot.of(change)
        data = read_all(slot.environment, slot.outputs, change.release.databases, "before it takes writes")
        open_databases(slot.environment, slot.outputs, list(change.release.databases))
        watch_release(slot.environment, slot.outputs, change.release)
        wait_for_targets(slot.environment, slot.outputs, change.release)
        switch_by_plan(change)
        outputs = read_outputs(slot.environment)
        before = identities_of(data)
        verification = verify_slot(slot.environment, outputs, change.release, before)
        require_serving(verification)
    lost = losses_of(then, read_all(change.environment, left, then, "once it was left"))
    noted = change.model_copy(update={"data": data, "besides": loss_sentence(lost)})
    ended = finish(noted, verification, outputs)
    follow_the_slot(slot, before, outputs)
    return ended


class StaysOnSlot(WayBack):
    """A switch back that fails gives the requests to the slot that had them, and fences the other again."""

    scenario = SCENARIO

    def leave(self, change: Change) -> None:
        """No client was there yet, but the application's own tasks were, and may write."""
        _keep_writes_out(change)

    def put_back(self, change: Change, good: Release) -> tuple[Change, Verification]:
        """Requests first; then nobody writes to the slot that is kept."""
        back, verification = super().put_back(change, good)
        _keep_writes_out(change)
        return back, verification

    def told(self, good: Release) -> str:
        """What the environment is back on, in words, and where what clients wrote to the other slot is."""
        return (
            f"the {good.live} slot with commit {good.commit[:12]} (what clients wrote meanwhile to the "
            f"{good.live.other} slot is in that one's databases, and only there)"
        )


def _keep_writes_out(change: Change) -> None:
    slot, databases = OtherSlot.of(change), list(change.release.databases)
    side_by_side(
        databases, lambda each: fence_again.submit(slot.environment, slot.outputs, each, "going-back")
    )
    for database in databases:
        clear_up(slot.environment, database, return_state=True)
