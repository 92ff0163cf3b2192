"""The rail that every scenario runs on, up to the moment when something changes.

    current release -> next release -> plan -> show -> guard -> frozen? -> approve -> lock -> still fresh? ->
    frozen? -> ...

What follows is the scenario's own and is handed in as `carry_out`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.change import Change
from models.elsewhere import require_same_places
from models.environment import Environment
from models.errors import DeployError, Refused, StalePlan
from models.guard import Finding
from models.log import Event
from models.names import Scenario
from models.plan import SavedPlan
from models.release import Release
from models.request import ChangeRequest
from models.root_module import require_told
from models.scenarios import WORKS_ON_MACHINES
from tasks.applying import began, ended_well, is_fresh, is_in_its_middle, keeps_writes_out
from tasks.approval import ask_for_approval
from tasks.freezing import respect_freeze
from tasks.informing import ended_beside_the_commit
from tasks.lock import environment_lock
from tasks.planning import discard_plan, guard_plan, plan_release, show_plan
from tasks.recording import read_current_release, record_outcome
from tasks.sources import check_tag

MOST_ATTEMPTS = 5
"""A plan that went stale so often would go stale again: somebody else is at it."""

NextRelease = Callable[[Release | None], Release]
PlannedRelease = Callable[[Release | None, int], Release]
CarryOut = Callable[[Change], State[Any]]
Notes = Callable[[Release | None, Release], list[Finding]]
AlsoShown = Callable[[Change], str]


def on_the_rail(
    environment: Environment,
    scenario: Scenario,
    request: ChangeRequest,
    *,
    next_release: NextRelease,
    carry_out: CarryOut,
    planned: PlannedRelease | None = None,
    notes: Notes | None = None,
    because: str = "",
    also_shown: AlsoShown | None = None,
) -> State[Any]:
    """Plan the next release, guard and show the plan, ask, and carry it out alone and while it is fresh.

    A plan that went stale while people thought is made anew, and asked for anew. Not so one that had begun,
    where others changed the environment while its run was interrupted: they may have undone it on purpose.
    Behind a fence `carry_out` is to undo what it began (`Change.overtaken`).

    `planned` says what to plan first where that is not yet the whole next release, `notes` what the approver
    should know besides the plan, and `because` why it is asked for. `also_shown` is for what is more than its
    plan: it says in Markdown what would happen, and is asked for even where the plan is empty.
    """
    stale: Change | None = None
    with ended_beside_the_commit() as changes:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            current = read_current_release(environment, attempt)
            environment = environment.in_slot(current.live) if current else environment
            release = next_release(current)
            require_told(current, release, environment.terraform.variables)
            require_same_places(environment, current)
            first = planned(current, attempt) if planned else release
            saved = plan_release(environment, first, str(flow_run.get_id()), attempt)
            change = Change(
                scenario=scenario,
                environment=environment,
                requester=request.requester,
                freeze_override_reason=request.freeze_override_reason,
                flow_run_id=str(flow_run.get_id()),
                flow_run_name=str(flow_run.get_name()),
                current=current,
                release=release,
                saved=saved,
                because=because,
                notes=notes(current, release) if notes else [],
            )
            changes.append(change)
            does_something = also_shown is not None or first != release or change.changes_anything
            with _discarded_at_the_end(environment, saved):
                change = _approved(change, also_shown, stale, does_something=does_something)
                ended = _in_its_turn(change, carry_out, does_something=does_something)
            if ended is not None:
                return ended
            stale = change
        raise Refused(
            f"{environment.name} was changed by others during each of {MOST_ATTEMPTS} plans.",
            next_step="Find out in its log who changes it, and start again when they have ended.",
        )


def _in_its_turn(change: Change, carry_out: CarryOut, *, does_something: bool) -> State[Any] | None:
    """What the change came to, carried out alone; None where its plan has to be made anew."""
    with _turn(change) as fresh:
        if fresh:
            if change.environment.terraform.variables.by_tag:
                check_tag(change.environment, change.release)
            return carry_out(_unfrozen(change, does_something=does_something))
        if keeps_writes_out(change):
            return carry_out(change.model_copy(update={"overtaken": True}))
        _require_not_overtaken(change)
    return None


def _require_not_overtaken(change: Change) -> None:
    """Raise DeployError, and record that, where others changed what this run had begun to change."""
    begun, done = began(change), ended_well(change)
    if not (begun or done):
        return
    reason = f"Others changed {change.environment.name} while this run was interrupted."
    if not done:
        record_outcome(change, Event.FAILED, reason)
    raise DeployError(
        reason,
        next_step="Look in its log at what runs now, and start again if this is still wanted.",
    )


def _approved(
    change: Change, also_shown: AlsoShown | None, stale: Change | None, *, does_something: bool
) -> Change:
    """The change with its findings and, where something would change and somebody has to agree, the yes.

    `stale` is the approved change whose plan can no longer be applied, where this one takes its place.
    """
    shown = show_plan(change)
    guarded = change.model_copy(update={"findings": guard_plan(change)})
    if also_shown is not None:
        shown = f"{also_shown(change)}\n\n{shown}"
    if not does_something:
        return guarded
    timely = respect_freeze(guarded, "before asking")
    return timely.model_copy(update={"approval": ask_for_approval(timely, shown, stale)})


def _unfrozen(change: Change, *, does_something: bool) -> Change:
    """The change, looked at again: a freeze may have begun while people thought or others had their turn."""
    return respect_freeze(change, "before changing") if does_something else change


@contextmanager
def _discarded_at_the_end(environment: Environment, saved: SavedPlan) -> Iterator[None]:
    """Remove the plan's file when the attempt has ended, well or not; a suspended or killed run keeps it."""
    try:
        yield
    except Exception:
        discard_plan(environment, saved, return_state=True)
        raise
    else:
        discard_plan(environment, saved, return_state=True)


@contextmanager
def _turn(change: Change) -> Iterator[bool]:
    """Hold the environment alone; gives whether the plan is still fresh.

    A plan that proves stale in the middle of its apply ends the turn without an error. A run that was
    interrupted in its middle waits however long the others take: nobody else can end what it began.
    """
    machines = change.scenario in WORKS_ON_MACHINES
    with environment_lock(change.environment, machines=machines, patient=is_in_its_middle(change)):
        try:
            yield is_fresh(change)
        except StalePlan:
            return
