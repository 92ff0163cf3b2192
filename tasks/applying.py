"""Applies exactly the plan that was approved, once; goes on after a kill in its middle.

The log's started record is written before Terraform starts: it tells a continued run that its plan may be
half applied, and tells a lock that the dead process left behind from anybody else's.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from prefect import get_run_logger

from models.change import Change
from models.environment import Environment
from models.errors import DeployError, Refused, StalePlan, StateLocked
from models.log import Apply, Event, Record
from models.outputs import Outputs
from models.release import Release
from systems.terraform.continuation import unapproved_changes, variables_of
from systems.terraform.orphan import Machine, is_gone, is_here, judge, this_machine, this_process_apply
from systems.terraform.plan_file import plan_folder
from systems.terraform.plan_reader import read_plan
from systems.terraform.runner import Terraform
from systems.waiting import Pace, wait_for
from tasks.planning import plan_store
from tasks.recording import deployment_log
from tasks.state import live_outputs, terraform_state
from tasks.steps import look, step
from tasks.workspace import LOCK_TIMEOUT_SECONDS, run_folder, terraform_for, write_whole

ORPHAN_WAIT_SECONDS = 3600
"""How long a Terraform that lost its flow may take to apply the rest of its plan, here or elsewhere."""


def began(change: Change) -> Record | None:
    """The record of this flow run's apply of this plan, where it began before."""
    return deployment_log(change.environment).find(
        change.flow_run_id, Event.STARTED, plan_sha256=change.saved.sha256
    )


@look("Check that the plan is still fresh")
def is_fresh(change: Change) -> bool:
    """Whether nothing was applied or recorded since the plan was made, other than by this very run."""
    record = began(change) or _ended(change)
    if record:
        return not _changed_by_others_since(change, record)
    state = terraform_state(change.environment).identity
    current = deployment_log(change.environment).current_release()
    fresh = state == change.saved.state and current == change.current
    if not fresh:
        get_run_logger().warning("Something was applied since this plan was made; planning again.")
    return fresh


def _ended(change: Change) -> Record | None:
    """The record of this flow run's good end, which is all that an empty plan leaves in the log.

    A run that was killed after it has its own record alone before it, and is done but for saying so.
    """
    log, run, plan = deployment_log(change.environment), change.flow_run_id, change.saved.sha256
    return log.find(run, Event.SUCCEEDED, plan_sha256=plan) or log.find(
        run, Event.UNCHANGED, plan_sha256=plan
    )


def _changed_by_others_since(change: Change, record: Record) -> bool:
    later = (item for item in deployment_log(change.environment).records() if item.number > record.number)
    others = [item for item in later if item.entry.flow_run_id != change.flow_run_id]
    if others:
        get_run_logger().warning(
            "%s changed the environment while this run was interrupted; planning again.",
            others[0].entry.flow_run_name,
        )
    return bool(others)


@step("Apply the plan with Terraform")
def apply_plan(change: Change) -> None:
    """Apply the saved plan, or what a kill left of it.

    Raises TerraformFailed, StateLocked, Refused for an approval that does not cover the plan, and StalePlan
    when what is left to do was not in the approved plan.
    """
    _check_approval(change)
    failed = deployment_log(change.environment).find(
        change.flow_run_id, Event.FAILED, plan_sha256=change.saved.sha256
    )
    if failed:
        raise DeployError(failed.entry.reason, next_step="The last good release is put back.")
    _apply_saved(change)


@step("Apply the next step with Terraform")
def apply_step(change: Change) -> None:
    """Apply a further plan on the way to a release that was approved with the first one.

    Raises Refused when the approval is not for that release, else as `apply_plan`.
    """
    approval = change.approval
    asked = change.environment.approval.required
    if asked and not (approval and approval.covers_release(change.release.digest(), datetime.now(UTC))):
        raise Refused("The approval is not for this release, or has expired.", next_step="Start again.")
    _apply_saved(change)


@step("Put the last good release back with Terraform")
def apply_last_good(change: Change) -> None:
    """Apply the plan that makes the environment what its log says it was before the failed change.

    No approval is asked: that release was approved when it was deployed.
    Raises Refused when the log names another release.
    """
    _require_last_good(change.environment, change.release)
    _apply_saved(change)


@step("Give the old slot the requests back")
def give_back(change: Change, good: Release) -> None:
    """Apply the plan of a step back towards the log's last good release, for which nobody has to be asked.

    Raises Refused when the log names another release.
    """
    _require_last_good(change.environment, good)
    _apply_saved(change)


def _require_last_good(environment: Environment, good: Release) -> None:
    if deployment_log(environment).current_release() != good:
        raise Refused(
            "The release to put back is not the log's last good one.", next_step="Start a rollback."
        )


def _apply_saved(change: Change) -> None:
    with terraform_for(change.environment) as terraform, plan_folder(run_folder().parent) as folder:
        approved = plan_store(change.environment).get(change.saved.key, change.saved.sha256, folder)
        record = began(change)
        if record is None:
            deployment_log(change.environment).append(
                change.entry(Event.STARTED, apply=this_process_apply(os.getpid()))
            )
            _apply(terraform, approved)
        else:
            _continue(terraform, approved, record)
    plan_store(change.environment).delete(change.saved.key)


def _check_approval(change: Change) -> None:
    if not change.environment.approval.required:
        return
    if change.approval is None or not change.approval.covers(change.saved.sha256, datetime.now(UTC)):
        raise Refused(
            "The approval is not for this plan, or has expired.", next_step="Start the deployment again."
        )


def _apply(terraform: Terraform, path: Path) -> None:
    def note(pid: int) -> None:
        write_whole(_child_file(), this_process_apply(pid).model_dump_json())

    terraform.apply(path, LOCK_TIMEOUT_SECONDS, note)


def _child_file() -> Path:
    """Names the Terraform process of this run; on this machine alone, where it can be looked at."""
    return run_folder() / "apply.json"


def _continue(terraform: Terraform, approved: Path, record: Record) -> None:
    logger = get_run_logger()
    logger.info("This run was stopped in the middle of its apply; planning what is left to do.")
    promised = terraform.show(approved)
    variables = approved.with_name("approved.tfvars.json")
    variables.write_text(json.dumps(variables_of(promised)))
    rest = approved.with_name("rest.tfplan")
    _plan_rest(terraform, variables, rest, record)
    left = terraform.show(rest)
    read_plan(left)  # refuses a plan that is incomplete or does more than its changes say
    difference = unapproved_changes(promised, left)
    if difference:
        raise StalePlan(
            f"What is left to do was not in the approved plan: {', '.join(difference[:5])}.",
            next_step="The run plans again and asks again.",
        )
    logger.info("All that is left was in the approved plan; going on without asking again.")
    _apply(terraform, rest)


def _plan_rest(terraform: Terraform, variables: Path, rest: Path, record: Record) -> None:
    """Plan what is left into `rest`, giving back the state's lock first if a dead process of ours left it.

    By the approved plan's own variables: an initial deployment's first plan is not yet its whole release.
    """
    _wait_for_own_terraform()
    try:
        terraform.plan([variables], rest, lock_timeout_seconds=0)
    except StateLocked as lock:
        terraform.plan([variables], rest, _see_to_lock(terraform, lock, record))


def _see_to_lock(terraform: Terraform, lock: StateLocked, record: Record) -> int:
    """Give the lock back where its holder is proven dead; how long to wait for it (seconds).

    Another machine's Terraform may go on with this run's own plan, and cannot be seen from here.
    """
    verdict = judge(lock, record.written_at, record.entry.apply, _machine())
    if verdict.ours_and_gone:
        get_run_logger().warning(
            "Giving back the lock %s that this run left behind when it was killed.", lock.lock_id
        )
        terraform.force_unlock(lock.lock_id)
        return LOCK_TIMEOUT_SECONDS
    get_run_logger().warning(
        "%s Waiting up to %d minutes until it is given back. %s %s",
        lock.problem,
        ORPHAN_WAIT_SECONDS // 60,
        verdict.reason,
        lock.next_step,
    )
    return ORPHAN_WAIT_SECONDS


def _machine() -> Machine:
    """This machine; its other Terraforms do not count where this run's own one is known, and is gone."""
    machine = this_machine()
    return replace(machine, terraform_starts=[]) if _own_terraform() else machine


def _own_terraform() -> Apply | None:
    """The Terraform that an attempt of this run started on this machine, the last one."""
    if not _child_file().exists():
        return None
    child = Apply.model_validate_json(_child_file().read_text())
    return child if is_here(child) else None


def _wait_for_own_terraform() -> None:
    """Wait until the Terraform that the killed attempt started has ended; to cancel this is to interrupt it.

    Raises DeployError when it does not.
    """
    child = _own_terraform()
    if child is None or is_gone(child):
        return
    get_run_logger().info(
        "Its Terraform (process %d) still applies the plan; waiting for its end.", child.pid
    )
    try:
        ended = wait_for(lambda: is_gone(child) or None, Pace(ORPHAN_WAIT_SECONDS, interval_seconds=0.5))
    except BaseException:
        if not is_gone(child):
            os.kill(child.pid, signal.SIGINT)
        raise
    if ended is None:
        raise DeployError(
            f"Terraform of the stopped attempt (process {child.pid}) still runs.",
            next_step="Look at that process on the worker's machine before you start again.",
        )


@look("Read Terraform's outputs")
def read_outputs(environment: Environment) -> Outputs:
    """Where the environment's parts are.

    Raises SetUpError naming outputs that are missing.
    """
    return live_outputs(environment)


@step("Remember where the environment's parts are at the start")
def outputs_at_start(environment: Environment) -> Outputs:
    """Terraform's outputs when the run began, for what is found out before there is a plan.

    Raises SetUpError naming outputs that are missing.
    """
    return live_outputs(environment)


@step("Remember where the environment's parts are")
def outputs_before(change: Change) -> Outputs:
    """Terraform's outputs as they were before the change, for a run that goes on in its middle too.

    Raises SetUpError naming outputs that are missing.
    """
    return live_outputs(change.environment)
