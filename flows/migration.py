"""Scenario 5: migrated databases and the code that fits them, beside the ones that serve; then a switch."""

from __future__ import annotations

from functools import partial
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.application_deployment import roll_out
from flows.backup import snapshot_and_prove
from flows.forms import Form
from flows.other_slot import (
    OldSlotStays,
    OtherSlot,
    fill,
    follow_the_slot,
    move_requests,
    run_migrations,
    start_beside,
)
from flows.outcome import ends_in_words
from flows.putting_back import last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish
from flows.safeguards import discard_copies, secure
from models.change import Change
from models.elsewhere import require_machines
from models.environment import Environment
from models.log import Event
from models.migration import Pending
from models.migration_plan import MigrationPlan, require_no_standby, require_pending, with_files
from models.names import DatabaseName, Scenario
from models.rehearsal import Rehearsal, require_passed
from models.request import MigrationRequest
from tasks.applying import apply_plan, outputs_at_start, outputs_before
from tasks.backing_up import name_backup
from tasks.database_checks import require_room_for_backups
from tasks.databases import read_identities
from tasks.informing import inform
from tasks.lock import machines_lock
from tasks.migrating import find_migrations, rehearse, show_rehearsals
from tasks.preflight import check_environment
from tasks.recording import read_current_release, require_release, seconds_fenced
from tasks.side_by_side import side_by_side
from tasks.sources import check_promotion, find_commit, find_image
from tasks.verification import require_success, verify

SCENARIO = Scenario.MIGRATION


@flow(name=SCENARIO.value, flow_run_name="migrate-{request.environment}", persist_result=True)
@ends_in_words
def migration(request: Form[MigrationRequest]) -> State[Any]:
    """Migrate the databases beside the ones that serve, deploy the code that needs it, and switch.

    - **Touches** nothing that serves until the switch: it builds databases and a service beside them, from a
      proven backup, and keeps the old ones to go back to.
    - **Takes** some ten minutes after the approval, in which the application reads and cannot write. The
      rehearsal on a copy, which comes before it, says how long the migrations themselves take.
    - **Asks** for an approval where the environment wants one, and shows the rehearsal.
    - **If it fails** the old slot serves on with its data as it was, and takes writes again.
    - **Afterwards** the scenario switch-back goes back in seconds, and retirement removes the old slot.
    """
    environment = check_environment(request.environment)
    require_machines(environment, list(DatabaseName))
    now = require_release(environment, read_current_release(environment))
    require_no_standby(now)
    environment = environment.in_slot(now.live)
    commit = find_commit(environment, request.commit or environment.github.branch)
    digest = find_image(environment, commit)
    check_promotion(environment, digest)
    outputs = outputs_at_start(environment)
    pending = find_migrations(environment, outputs, commit)
    require_pending(environment.name, commit, pending)
    require_room_for_backups(environment, now)
    plan = MigrationPlan(
        commit=commit,
        image_digest=digest,
        pending=pending,
        rehearsals=rehearsed(environment, pending),
        kept_hours=request.kept_hours,
    )
    rail = partial(
        on_the_rail,
        environment,
        SCENARIO,
        request,
        because=request.reason,
        also_shown=lambda _change: plan.shown(),
    )
    if request.in_place:
        return rail(
            next_release=lambda current: plan.in_place(require_release(environment, current)),
            carry_out=lambda change: carry_out_in_place(plan, change),
        )
    return rail(
        next_release=lambda current: plan.switched(require_release(environment, current)),
        planned=lambda current, _attempt: plan.prepared(require_release(environment, current)),
        carry_out=lambda change: carry_out(plan, change),
    )


def carry_out_in_place(plan: MigrationPlan, change: Change) -> State[Any]:
    """Back up, migrate the databases that serve, roll the code out; on failure the code before is put back.

    The code before does not mind what was only added, so that stays.
    """
    environment = change.environment
    with last_good_release_on_failure(change):
        before = read_identities(change)
        live = outputs_before(change)
        snapshot_and_prove(environment, live, list(before))
        run_migrations(environment, live, plan, owns=False)
        outputs = roll_out(change)
        verification = verify(environment, outputs, change.release, before)
        require_success(verification)
    return finish(change, verification, outputs)


def rehearsed(
    environment: Environment, pending: dict[DatabaseName, Pending]
) -> dict[DatabaseName, Rehearsal]:
    """How the migrations went on copies, while nobody else works on the machines.

    Raises Refused where one failed, or takes too long.
    """
    name = name_backup(environment.name)
    due = with_files(pending)
    with machines_lock(environment):
        found = side_by_side(due, lambda each: rehearse.submit(environment, due[each], name))
    show_rehearsals(environment, found)
    require_passed(environment, found)
    return found


def carry_out(plan: MigrationPlan, change: Change) -> State[Any]:
    """Fence, back up, prove; build, fill and migrate beside; verify; switch; on failure the old slot stays.

    What follows the switch can no longer undo it.
    """
    with last_good_release_on_failure(change, OldSlotStays(change)):
        inform(change, Event.STARTED)
        secured = secure(change)
        named = secured.named_in(change)
        apply_plan(named)
        slot = OtherSlot.of(named)
        data = fill(slot, secured, plan)
        start_beside(slot, plan, secured)
        verification, outputs = move_requests(slot, plan, secured, data)
    told = plan.told(change.environment.name, change.release, seconds_fenced(change))
    discard_copies(change)
    ended = finish(named.model_copy(update={"data": data, "besides": told}), verification, outputs)
    follow_the_slot(slot, secured.identities, outputs)
    return ended
