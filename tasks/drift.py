"""Compares an environment with the current release of its log, by a plan that should do nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact

from models.check import Verdict
from models.drift import Drift, DriftLook, OutsideChange, drift_in
from models.environment import Environment
from models.errors import DriftFound
from models.release import Release
from systems.aws.drift_looks import write_look
from systems.aws.session import Aws
from systems.aws.trail import last_change
from systems.terraform.names import resource_names
from systems.terraform.plan_file import plan_folder
from systems.terraform.plan_reader import read_plan
from tasks.recording import deployment_log
from tasks.steps import look
from tasks.workspace import run_folder, terraform_for, variable_files

_ASKED_ABOUT = 10
"""Of how many changes CloudTrail is asked who made them: a whole environment may have been taken away."""


@look("Compare the environment with its release")
def find_drift(environment: Environment, release: Release) -> Drift:
    """What Terraform, which looks at all resources first, would have to change back, and who changed it.

    Raises TerraformFailed, or Refused for a plan that cannot be judged.
    """
    with terraform_for(environment) as terraform, plan_folder(run_folder().parent) as folder:
        path = folder / "drift.tfplan"
        get_run_logger().info("Asking Terraform what differs; this takes some seconds.")
        terraform.plan(variable_files(environment, release), path, lock_timeout_seconds=None)
        document = terraform.show(path)
    found, names = drift_in(read_plan(document)), resource_names(document)
    since = deployment_log(environment).records()[-1].written_at
    first, rest = found.changes[:_ASKED_ABOUT], found.changes[_ASKED_ABOUT:]
    named = [_with_author(environment, change, names.get(change.address, []), since) for change in first]
    return found.model_copy(update={"changes": [*named, *rest]})


def _with_author(
    environment: Environment, change: OutsideChange, names: list[str], since: datetime
) -> OutsideChange:
    author = last_change(Aws(environment.aws.region).cloudtrail, names, since)
    return change.model_copy(update={"author": author})


@look("Show what differs")
def show_drift(environment: Environment, drift: Drift) -> None:
    """Put it on the flow run's page, and each change into its log."""
    create_markdown_artifact(
        drift.page(environment.name),
        key=f"drift-{environment.name}",
        description=f"{environment.name}: {len(drift.changes)} changes from outside",
    )
    for change in drift.changes:
        get_run_logger().warning("%s", change)


@look("Keep what differs for the deployment page")
def keep_drift(environment: Environment, drift: Drift) -> None:
    """Write it beside the deployment log. Raises what writing raises."""
    found = DriftLook(looked_at=datetime.now(UTC), found=drift)
    write_look(Aws(environment.aws.region), environment.aws.releases_bucket, environment.name, found)


def require_none(environment: Environment, drift: Drift) -> None:
    """Raise DriftFound where something differs."""
    if drift.changes:
        raise DriftFound(
            f"{environment.name} was changed from outside: {drift.sentence}.",
            next_step="Find out why. What is to go comes back with the next change of that part: start "
            "initial-deployment, read its plan, approve it; what is to stay belongs into the configuration.",
            unwell={change.address: Verdict.FAILED for change in drift.changes},
        )
