"""Scenario 8: a fix of what production runs, by the stage before it to production, and to all branches."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.application_deployment import bring_up
from flows.forms import Form
from flows.outcome import ends_in_words, unchanged
from flows.rail import on_the_rail
from flows.recorded import finish, with_branches
from models.change import Change
from models.check import Weight
from models.environment import Environment
from models.freeze import LONGEST_FREEZE_REASON
from models.hotfix import Fix, HotfixBranch
from models.merging import check_name, not_looked_at
from models.names import Scenario
from models.release import Release
from models.request import ChangeRequest, HotfixRequest
from tasks.fixing import (
    branches_to_merge,
    check_green,
    check_one_image,
    check_unmoved,
    find_branch,
    has_passed,
    merge_fix,
    runs_already,
    stage_before,
)
from tasks.preflight import check_environment
from tasks.recording import require_release
from tasks.rolling_back import seconds_since_trigger
from tasks.sources import check_promotion, find_image
from tasks.verification import ask, weighing

SCENARIO = Scenario.HOTFIX


@flow(name=SCENARIO.value, flow_run_name="hotfix-{request.name}", persist_result=True)
@ends_in_words
def hotfix(request: Form[HotfixRequest]) -> State[Any]:
    """Make a branch of what production runs; once a fix is on it, take that to production and all branches.

    - **Touches** the task definition and the service, on the stage before and on production; then the
      branches, by merges or, where that is not possible, by pull requests.
    - **Takes** some minutes on either.
    - **Asks** for an approval where an environment wants one. No freeze stops it; the log says that it
      crossed one.
    - **If it fails** what ran before serves there, and the log says so. Push what is missing, or start the
      hotfix again under the same name: it goes on where it stands.
    """
    target = check_environment(request.environment)
    stage = check_environment(stage_before(target))
    branches = branches_to_merge(target)
    branch = find_branch(target, request.name)
    if branch.head == branch.base and not runs_already(target, branch):
        return unchanged(f"Nothing was deployed: {branch.how_to_go_on()}")
    fix = ready(target, stage, branch)
    if not has_passed(stage, fix):
        deploy_to_stage(stage, request, fix)
    check_promotion(target, fix.image_digest)
    check_unmoved(target, branch)
    return deploy_and_merge(target, request, fix, branches)


def ready(target: Environment, stage: Environment, branch: HotfixBranch) -> Fix:
    """The fix, once it is green and has one image for both environments."""
    checks = check_green(target, branch.head)
    digest = find_image(target, branch.head)
    check_one_image(stage, find_image(stage, branch.head), digest)
    return Fix(branch=branch, image_digest=digest, checks=checks)


def deploy_to_stage(stage: Environment, request: HotfixRequest, fix: Fix) -> None:
    """An application deployment of the fix; production comes after it, so that one lock is held at a time."""
    on_the_rail(
        stage,
        SCENARIO,
        in_a_hurry(stage, request),
        next_release=lambda current: fix.on(require_release(stage, current)),
        carry_out=lambda change: finish(change, *bring_up(change, is_cure=True)),
        because=request.reason,
    )


def deploy_and_merge(
    target: Environment, request: HotfixRequest, fix: Fix, branches: list[str]
) -> State[Any]:
    """The fix runs where it is needed; then all branches get it."""
    return on_the_rail(
        target,
        SCENARIO,
        in_a_hurry(target, request),
        next_release=lambda current: fix.on(still_adds_to(fix, require_release(target, current))),
        carry_out=lambda change: carry_out_and_merge(change, fix, branches),
        notes=lambda _current, _release: fix.worth_knowing(),
        because=request.reason,
    )


def still_adds_to(fix: Fix, current: Release) -> Release:
    """The release that runs, which the fix was made of, or is. Raises Refused where others deployed since."""
    fix.branch.require_made_of(current.commit)
    return current


def in_a_hurry(environment: Environment, request: HotfixRequest) -> ChangeRequest:
    """What the rail is asked for: a freeze does not stop it, and is recorded as crossed."""
    why = f"hotfix {request.name}: {request.reason}" if request.reason else f"hotfix {request.name}"
    return ChangeRequest(
        environment=environment.name,
        requester=request.requester,
        freeze_override_reason=why[:LONGEST_FREEZE_REASON],
    )


def carry_out_and_merge(change: Change, fix: Fix, branches: list[str]) -> State[Any]:
    """Apply, watch, verify; then merge, which comes last: nothing can be put back any more.

    What hinders a merge is told, and is no failure: the service is well.
    """
    verification, outputs = bring_up(change, is_cure=True)
    seconds = seconds_since_trigger(change) if change.changes_anything else None
    merged = [
        not_looked_at(check, branch)
        for branch in branches
        for check in ask(check_name(branch), merge_fix, change.environment, fix.branch, branch)
    ]
    served = change.model_copy(update={"serving_after_seconds": seconds})
    return finish(*with_branches(served, verification, weighing(Weight.TOLD, merged)), outputs)
