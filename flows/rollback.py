"""Scenario 4: back to an earlier release of the log, or forward again; the branch follows what runs."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.application_deployment import roll_out
from flows.forms import Form
from flows.outcome import ends_in_words
from flows.putting_back import last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish, with_branches
from models.branch import CHECK, left_to_people
from models.change import Change
from models.check import Check, Weight
from models.guard import Finding
from models.names import Scenario
from models.release import Release
from models.request import RollbackRequest
from models.rollback import WayThere
from tasks.databases import identities_if_told
from tasks.preflight import check_environment
from tasks.recording import read_current_release, require_release
from tasks.rolling_back import (
    choose_release,
    find_way,
    revert_on_branch,
    seconds_since_trigger,
    show_commits,
)
from tasks.verification import ask, require_success, verify, weighing

SCENARIO = Scenario.ROLLBACK


@flow(name=SCENARIO.value, flow_run_name="roll-back-{request.environment}", persist_result=True)
@ends_in_words
def rollback(request: Form[RollbackRequest]) -> State[Any]:
    """Run an earlier release again, and have the environment's branch say so.

    - **Touches** the task definition, the service and its number of tasks, then the branch: by one commit on
      it, or by a pull request where that is not possible.
    - **Takes** some minutes.
    - **Asks** for an approval where the environment wants one.
    - **If it fails** what ran before serves again, the branch is as it was, and the log says so.
    """
    environment = check_environment(request.environment)
    require_release(environment, read_current_release(environment))
    number = choose_release(environment, request.to)

    def way(current: Release | None) -> WayThere:
        return find_way(environment, number, require_release(environment, current))

    def next_release(current: Release | None) -> Release:
        return way(current).release

    def notes(current: Release | None, _release: Release) -> list[Finding]:
        return way(current).notes

    return on_the_rail(
        environment,
        SCENARIO,
        request,
        next_release=next_release,
        carry_out=lambda change: carry_out(way(change.current), change),
        notes=notes,
        because=request.reason,
        also_shown=lambda change: show_commits(environment, way(change.current)),
    )


def carry_out(way: WayThere, change: Change) -> State[Any]:
    """Apply, watch, verify, then move the branch; on failure what ran before is put back."""
    with last_good_release_on_failure(change):
        before, besides = identities_if_told(change)
        outputs = roll_out(change)
        seconds = seconds_since_trigger(change)
        verification = verify(change.environment, outputs, change.release, before, besides=besides)
        require_success(verification)
    served = change.model_copy(update={"serving_after_seconds": seconds})
    return finish(*with_branches(served, verification, move_branch(way, change)), outputs)


def move_branch(way: WayThere, change: Change) -> list[Check]:
    """What became of the branch, which comes last: nothing can be put back any more."""
    branch = change.environment.github.branch
    checks = [] if way.leaves == change.release.commit else ask(CHECK, revert_on_branch, change, way.leaves)
    return [left_to_people(check, branch) for check in weighing(Weight.TOLD, checks)]
