"""The other slot on its way to be live: filled, migrated, looked at, given the requests; or taken down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from flows.databases_back import BehindTheFence
from flows.safeguards import (
    Data,
    Secured,
    discard_copies,
    open_again,
    read_all,
    require_still_secured,
    secure,
)
from models.allowances import STANDBY_START, SWITCH
from models.change import Change
from models.check import Verification
from models.environment import Environment
from models.errors import DeployError
from models.log import Event
from models.migration_plan import MigrationPlan
from models.names import Scenario
from models.outputs import Outputs
from models.release import Release
from tasks.applying import apply_step, began, give_back, outputs_before, read_outputs
from tasks.configuration import write_bolt_urls, write_github_secrets, write_slot_urls
from tasks.migrating import migrate_database
from tasks.planning import plan_step
from tasks.recording import record_outcome, was_opened
from tasks.returning import return_database
from tasks.rollout import wait_for_targets
from tasks.scaling import watch_tasks
from tasks.side_by_side import side_by_side
from tasks.slots import read_standby, switch_requests, verify_slot, watch_share
from tasks.verification import Identities, require_serving, require_success, verify


@dataclass(frozen=True)
class OtherSlot:
    """The slot that a change makes live, while it is not."""

    change: Change
    environment: Environment
    outputs: Outputs

    @classmethod
    def of(cls, change: Change) -> Self:
        """The other slot of a change whose first plan is applied."""
        environment = change.environment.in_slot(change.release.live)
        return cls(change, environment, read_standby(environment))


def fill(slot: OtherSlot, secured: Secured, plan: MigrationPlan) -> Data:
    """Give the new databases the proven backup, run the migrations there; gives what they hold then."""
    environment, outputs, before = slot.environment, slot.outputs, secured.before
    side_by_side(
        before,
        lambda each: return_database.submit(
            environment,
            outputs,
            each,
            version=slot.change.release.databases[each].neo4j_version,
            backup=secured.backups[each],
            expected=before[each],
            restores=True,
        ),
    )
    run_migrations(environment, outputs, plan, owns=True)
    return read_all(environment, outputs, before, "after its migrations")


def run_migrations(environment: Environment, outputs: Outputs, plan: MigrationPlan, *, owns: bool) -> None:
    """Run what is due in the databases of these outputs; `owns` says that nobody else writes to them."""
    due = plan.due
    side_by_side(
        due, lambda each: migrate_database.submit(environment, outputs.bolt_urls[each], due[each], owns=owns)
    )


def start_beside(slot: OtherSlot, plan: MigrationPlan, secured: Secured) -> None:
    """Start the new code on the migrated databases, and look at it by the way that clients do not have."""
    change, environment, release = slot.change, slot.environment, slot.change.release
    write_slot_urls(environment, slot.outputs)
    started = plan_step(change, plan.started(_now(change)), "the start of the new slot", STANDBY_START)
    apply_step(started)
    watch_tasks(started, slot.outputs)
    wait_for_targets(environment, slot.outputs, release)
    require_success(verify_slot(environment, slot.outputs, release, secured.identities))


def move_requests(
    slot: OtherSlot, plan: MigrationPlan, secured: Secured, data: Data
) -> tuple[Verification, Outputs]:
    """Give the new slot the requests, at once or by the environment's steps; believed once it serves them.

    Then only what certainly does not serve is given up, with what clients wrote to it: a look that fails is a
    failed task on the run's page.
    """
    change, settings = slot.change, slot.environment.migration
    if not was_opened(change):
        require_still_secured(change, secured)
    record_outcome(change.model_copy(update={"data": data}), Event.OPENED)
    live = outputs_before(change)
    for share in settings.traffic_steps:
        divided = plan.started(_now(change)).divided(share)
        apply_step(plan_step(change, divided, f"the step to {share} % of the requests", SWITCH))
        watch_share(slot.environment, (live, slot.outputs), change.release, share)
    switch_requests(plan_step(change, change.release, "the switch", SWITCH))
    outputs = read_outputs(slot.environment)
    wait_for_targets(slot.environment, outputs, change.release, return_state=True)
    verification = verify_slot(slot.environment, outputs, change.release, secured.identities)
    require_serving(verification)
    return verification, outputs


def follow_the_slot(slot: OtherSlot, identities: Identities, outputs: Outputs) -> None:
    """Tell others where the databases are now, and look at everything; raises for what is not well."""
    write_bolt_urls(slot.environment, outputs)
    written = write_github_secrets(slot.environment)
    require_success(verify(slot.environment, outputs, slot.change.release, identities, written=written))


def _now(change: Change) -> Release:
    if change.current is None:
        raise DeployError("There is no release to migrate from.", next_step="Start again.")
    return change.current


class OldSlotStays(BehindTheFence):
    """How a migration that fails is undone: the old slot takes requests and writes again, the new one goes.

    What the old slot's databases hold was never touched. Once clients may have written to the new slot, it
    is given up only if it does not serve: its volumes leave snapshots.
    """

    scenario = Scenario.RETIREMENT

    def __init__(self, change: Change) -> None:
        self._change = change

    def is_untouched(self, change: Change, error: Exception) -> bool:  # noqa: ARG002 the record tells
        """Whether nothing was built yet."""
        return began(change) is None

    def stays(self, change: Change, error: Exception) -> bool:
        """Once clients may have written to the new slot, only if that does not serve is it left."""
        return was_opened(change) and super().stays(change, error)

    def put_back(self, change: Change, good: Release) -> tuple[Change, Verification]:
        """Requests first, then writes, then the new slot is taken down."""
        if was_opened(change):
            give_back(plan_step(change, _undivided(change), "the step back", SWITCH), good)
        open_again(change, outputs_before(change))
        back, verification = super().put_back(secure(change).named_in(change), good)
        discard_copies(back)
        return back, verification

    def told(self, good: Release) -> str:
        """What the environment is back on, in words, and where what clients wrote to the other slot is."""
        back_on = f"the {good.live} slot with commit {good.commit[:12]}, its data as it was"
        if not was_opened(self._change):
            return back_on
        return (
            f"{back_on} when writes were kept out (what clients wrote to the {good.live.other} slot since it "
            "had requests is in the last snapshots of that one's volumes, and only there)"
        )


def _undivided(change: Change) -> Release:
    """The old slot with all requests, the new one beside it as it is now."""
    release, now = change.release, _now(change)
    return now.beside(release.side())
