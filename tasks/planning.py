"""Plans a release, guards the plan, shows it to people, and keeps its file encrypted until it is applied."""

from __future__ import annotations

import hashlib

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact

from models.allowances import ROLLOUT, Allowance
from models.change import Change
from models.environment import Environment
from models.errors import Refused
from models.guard import Finding, guard, guard_step, refused
from models.markdown import plain
from models.names import Scenario
from models.plan import SavedPlan
from models.release import Release
from models.root_module import require_declared, told_variables
from systems.aws.plan_store import PlanStore
from systems.aws.prices import load_prices
from systems.aws.session import Aws
from systems.terraform.plan_file import plan_folder
from systems.terraform.plan_reader import declared_variables, read_plan
from systems.terraform.render import render_plan
from tasks.state import terraform_state
from tasks.steps import look, step
from tasks.workspace import run_folder, terraform_for, variable_files


def plan_store(environment: Environment) -> PlanStore:
    """Where the environment's saved plans are kept."""
    return PlanStore(
        Aws(environment.aws.region),
        environment.aws.releases_bucket,
        environment.aws.key_alias,
        environment.name,
    )


@step("Plan the release with Terraform", "Plan the release (attempt {attempt})")
def plan_release(environment: Environment, release: Release, flow_run_id: str, attempt: int) -> SavedPlan:  # noqa: ARG001 part of the result's key
    """What Terraform would do to make the environment what the release says; the file is kept, encrypted.

    Raises TerraformFailed, StateLocked or SetUpError. Nothing is changed.
    """
    return _save_plan(environment, release, flow_run_id)


def _save_plan(environment: Environment, release: Release, flow_run_id: str) -> SavedPlan:
    with terraform_for(environment) as terraform, plan_folder(run_folder().parent) as folder:
        path = folder / "release.tfplan"
        get_run_logger().info("Asking Terraform what would change; this takes some seconds.")
        state = terraform_state(environment).identity
        terraform.plan(variable_files(environment, release), path, lock_timeout_seconds=None)
        shown = terraform.show(path)
        require_declared(told_variables(release, environment.terraform.variables), declared_variables(shown))
        plan = read_plan(shown)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        key = plan_store(environment).put(path, flow_run_id=flow_run_id, sha256=sha256)
        return SavedPlan(key=key, sha256=sha256, state=state, plan=plan)


@step("Plan the start of the application")
def plan_rollout(change: Change) -> Change:
    """The second part of an initial deployment: the approved release's number of tasks, and nothing else.

    Raises Refused when anything else would change.
    """
    get_run_logger().info("The databases answer; planning %d tasks.", change.release.desired_count)
    saved = _save_plan(change.environment, change.release, change.flow_run_id)
    return _one_step(change, saved, "the step that starts the tasks", ROLLOUT)


@step("Plan the next step", "Plan {what}")
def plan_step(change: Change, release: Release, what: str, allowed: tuple[Allowance, ...]) -> Change:
    """One step on the way to the approved release, towards one that lies between: nothing else may change.

    `what` is a noun with what the step does. Raises Refused when anything else would change.
    """
    saved = _save_plan(change.environment, release, change.flow_run_id)
    return _one_step(change, saved, what, allowed)


def _one_step(change: Change, saved: SavedPlan, what: str, allowed: tuple[Allowance, ...]) -> Change:
    found = guard_step(saved.plan, what, allowed, change.environment.guard, change.standby)
    forbidden = refused(found)
    if forbidden:
        raise Refused(forbidden[0].reason, next_step=f"Start {change.scenario} again to plan anew.")
    return change.model_copy(update={"saved": saved})


@look("Remove the plan's file")
def discard_plan(environment: Environment, saved: SavedPlan) -> None:
    """Remove a plan that is applied, or will not be; one that is gone already is no error."""
    plan_store(environment).delete(saved.key)


@step("Check that the plan touches only what this scenario may touch", "Check what the plan would touch")
def guard_plan(change: Change) -> list[Finding]:
    """The findings an approver should see.

    Raises Refused for a change that the scenario may not make, naming the one that may.
    """
    findings = _findings(change)
    forbidden = refused(findings)
    if forbidden:
        first, more = forbidden[0], len(forbidden) - 1
        others = f" ({more} more in the plan's artifact)" if more else ""
        raise Refused(f"{first.reason}{others}", next_step=first.next_step)
    return findings


def _findings(change: Change) -> list[Finding]:
    first = change.scenario is Scenario.INITIAL_DEPLOYMENT and change.current is None
    found = guard(
        change.saved.plan,
        change.scenario,
        change.environment.guard,
        first_build=first,
        standby=change.standby,
    )
    return [*found, *change.notes]


@step("Show the plan", "Show the plan")
def show_plan(change: Change) -> str:
    """Put the plan on the flow run's page as Markdown, without values that might be secret."""
    plan, name = change.saved.plan, change.environment.name
    findings = _findings(change)
    text = render_plan(
        plan,
        findings=findings,
        current=change.current,
        release=change.release,
        prices=load_prices(change.environment.aws.region),
    )
    if change.because:
        text = f"{plain(change.requester)} says why: {plain(change.because)}\n\n{text}"
    create_markdown_artifact(
        text,
        key=f"plan-{name}",
        description=f"What Terraform would change in {name}",
    )
    return text
