"""Scenario 4: back to an earlier release of the log, or forward again; the branch follows what runs."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.outcome import ends_in_words
from flows.putting_back import last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish
from models.branch import CHECK, left_to_people
from models.change import Change
from models.check import Verification, Weight
from models.guard import Finding
from models.log import Event
from models.names import Scenario
from models.release import Release
from models.request import RollbackRequest
from models.rollback import WayThere
from tasks.applying import apply_plan, read_outputs
from tasks.databases import read_identities
from tasks.informing import inform
from tasks.preflight import check_environment
from tasks.recording import read_current_release, require_release
from tasks.rolling_back import (
    choose_release,
    find_way,
    revert_on_branch,
    seconds_since_trigger,
    show_commits,
)
from tasks.rollout import wait_for_targets, watch_release
from tasks.verification import ask, require_success, show_verification, verify, weighing

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
    environment, release = change.environment, change.release
    with last_good_release_on_failure(change):
        before = read_identities(change)
        inform(change, Event.STARTED)
        if change.changes_anything:
            apply_plan(change)
        outputs = read_outputs(environment)
        watch_release(environment, outputs, release)
        wait_for_targets(environment, outputs, release)
        seconds = seconds_since_trigger(change)
        verification = verify(environment, outputs, release, before)
        require_success(verification)
    return finish(*with_branch(way, change, verification, seconds), outputs)


def with_branch(
    way: WayThere, change: Change, verification: Verification, seconds: float
) -> tuple[Change, Verification]:
    """The verified change once the branch was moved, which comes last: nothing can be put back any more.

    What hinders that is told, and is no failure: the service is well.
    """
    branch = change.environment.github.branch
    checks = [] if way.leaves == change.release.commit else ask(CHECK, revert_on_branch, change, way.leaves)
    told = [left_to_people(check, branch) for check in weighing(Weight.TOLD, checks)]
    complete = Verification(checks=[*verification.checks, *told])
    show_verification(change.environment, complete)
    besides = " ".join(f"In Git, {check.detail}." for check in told if check.passed)
    return change.model_copy(update={"serving_after_seconds": seconds, "besides": besides}), complete
