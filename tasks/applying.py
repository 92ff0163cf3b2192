"""Applies exactly the plan that was approved, once.

The log's started record is written before Terraform starts: it tells a continued run that its plan may be
half applied (see `continuing`), and tells a lock that the dead process left behind from anybody else's.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from prefect import get_run_logger

from models.change import Change
from models.environment import Environment
from models.errors import DeployError, HalfApplied, Refused, StateLocked
from models.log import Event, Record
from models.outputs import Outputs
from models.release import Release
from systems.terraform.orphan import this_process_apply
from systems.terraform.plan_file import plan_folder
from systems.terraform.runner import Terraform
from tasks.continuing import note_terraform, plan_what_is_left
from tasks.planning import plan_store
from tasks.recording import deployment_log, record_of
from tasks.state import live_outputs, terraform_state
from tasks.steps import look, step
from tasks.workspace import LOCK_TIMEOUT_SECONDS, run_folder, terraform_for


def began(change: Change) -> Record | None:
    """The record of this flow run's apply of this plan, where it began before."""
    return record_of(change, Event.STARTED)


def keeps_writes_out(change: Change) -> bool:
    """Whether this run has fenced the databases for this plan; they may be open again by now."""
    return record_of(change, Event.FENCED) is not None


def is_in_its_middle(change: Change) -> bool:
    """Whether this run has begun to change something by this plan, before a kill for example."""
    return record_of(change, Event.STARTED, Event.FENCED) is not None


@look("Check that the plan is still fresh")
def is_fresh(change: Change) -> bool:
    """Whether nothing was applied or recorded since the plan was made, other than by this very run."""
    record = began(change) or ended_well(change)
    if record:
        return not _changed_by_others_since(change, record)
    state = terraform_state(change.environment).identity
    current = deployment_log(change.environment).current_release()
    fresh = state == change.saved.state and current == change.current
    if not fresh:
        get_run_logger().warning("Something was applied since this plan was made; planning again.")
    return fresh


def ended_well(change: Change) -> Record | None:
    """The record of this flow run's good end, which is all that an empty plan leaves in the log.

    A run that was killed after it has its own record alone before it, and is done but for saying so.
    """
    return record_of(change, Event.SUCCEEDED, Event.UNCHANGED)


def _changed_by_others_since(change: Change, record: Record) -> bool:
    later = (item for item in deployment_log(change.environment).records() if item.number > record.number)
    others = [
        item for item in later if item.changes_something and item.entry.flow_run_id != change.flow_run_id
    ]
    if others:
        get_run_logger().warning(
            "%s changed the environment while this run was interrupted.", others[0].entry.flow_run_name
        )
    return bool(others)


@step("Apply the plan with Terraform")
def apply_plan(change: Change) -> None:
    """Apply the saved plan, or what a kill left of it.

    Raises TerraformFailed, StateLocked, Refused for an approval that does not cover the plan, HalfApplied
    when the lock keeps it from what is left to do, and StalePlan when that was not in the approved plan.
    """
    _check_approval(change)
    failed = record_of(change, Event.FAILED)
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
            terraform.apply(approved, LOCK_TIMEOUT_SECONDS, note_terraform)
        else:
            _apply_rest(terraform, approved, record)
    plan_store(change.environment).delete(change.saved.key)


def _apply_rest(terraform: Terraform, approved: Path, record: Record) -> None:
    try:
        rest = plan_what_is_left(terraform, approved, record)
        terraform.apply(rest, LOCK_TIMEOUT_SECONDS, note_terraform)
    except StateLocked as lock:
        raise HalfApplied(
            f"The plan may be half applied, by an attempt of this run that was killed. {lock.problem}",
            next_step=lock.next_step,
        ) from lock


def _check_approval(change: Change) -> None:
    if not change.environment.approval.required:
        return
    if change.approval is None or not change.approval.covers(change.saved.sha256, datetime.now(UTC)):
        raise Refused(
            "The approval is not for this plan, or has expired.", next_step="Start the deployment again."
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
