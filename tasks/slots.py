"""Looks at the slot that is not live, and divides the clients' requests between the two."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact

from models.check import Verdict, Verification, Weight
from models.environment import Environment
from models.errors import NotServing, SetUpError
from models.fingerprint import Fingerprint
from models.history import switched_at
from models.names import DatabaseName
from models.outputs import Outputs, select_standby
from models.release import Release
from systems.aws.instances import running_instance
from systems.aws.session import Aws
from systems.http import probe_until
from systems.waiting import Pace, wait_for
from tasks.applying import apply_plan, apply_step
from tasks.recording import deployment_log
from tasks.rollout import service_evidence
from tasks.state import terraform_state
from tasks.steps import look, step
from tasks.verification import (
    A_MOMENT,
    Identities,
    ask,
    check_database,
    check_load_balancer,
    check_same_data,
    check_service,
    show_verification,
    weighing,
)

_SWITCH = "Give the other slot the requests"
"""A name of its own: it is what people look for when they ask since when."""

switch_requests = apply_step.with_options(name=_SWITCH, task_run_name=_SWITCH)
"""As the last step on the way to an approved release."""

switch_by_plan = apply_plan.with_options(name=_SWITCH, task_run_name=_SWITCH)
"""As all that an approved plan does."""


@step("Read where the other slot is")
def read_standby(environment: Environment) -> Outputs:
    """Where the slot is that is not live yet; kept, for it may be live when the run goes on after a kill.

    Raises SetUpError where Terraform puts out none.
    """
    return select_standby(terraform_state(environment).output_values(), environment.terraform.outputs)


@look("Look whether anything of the other slot is there")
def is_there(environment: Environment) -> bool:
    """Whether Terraform holds a machine, a volume or a service of the slot, whatever the log says of it.

    So it is after a migration that was cut off for good.
    """
    return environment.slot in terraform_state(environment).slots


@step("Look whether the other slot is whole")
def is_whole(environment: Environment) -> bool:
    """Whether both databases of the slot run, so that they can be read and backed up.

    Kept: a run that goes on after a kill has taken its backups, or not, before it removed a machine.
    """
    try:
        select_standby(terraform_state(environment).output_values(), environment.terraform.outputs)
        for database in DatabaseName:
            running_instance(Aws(environment.aws.region), environment.name, database, environment.slot)
    except SetUpError as error:
        get_run_logger().warning("%s", error.problem)
        return False
    return True


def verify_slot(
    environment: Environment, outputs: Outputs, side: Release, before: Identities
) -> Verification:
    """Whether a slot serves, with the databases it should have; the way in is that of `outputs`.

    Not looked at is what others are told, such as GitHub's secrets: that follows the slot that is live.
    """
    found = [
        *weighing(
            Weight.SERVING,
            [
                *ask("The ECS service", check_service, environment, outputs, side),
                *ask("The load balancer", check_load_balancer, environment, outputs, side),
                *ask("The same data", check_same_data, environment, outputs, before),
            ],
        ),
        *ask("The ledger", check_database, environment, outputs, side, DatabaseName.LEDGER),
        *ask("The search database", check_database, environment, outputs, side, DatabaseName.SEARCH),
    ]
    verification = Verification(checks=found)
    show_verification(environment, verification, return_state=True)
    return verification


@step("Watch both slots serve", "Watch both slots serve, {share} % on the new one")
def watch_share(environment: Environment, both: tuple[Outputs, Outputs], side: Release, share: int) -> None:
    """Ask through the load balancer, and look at the new slot's tasks, as long as the environment says.

    `both` is where the live slot is, and the new one. Raises NotServing at the first that is not well.
    """
    seconds = environment.migration.seconds_between_steps
    get_run_logger().info("%d %% of the requests for %.0f seconds.", share, seconds)
    until = time.monotonic() + seconds
    live, standby = both

    def unwell() -> str | None:
        answer = probe_until(live.api_url, environment.service.health_path, A_MOMENT, get_run_logger().info)
        if not answer.as_expected:
            return f"the load balancer gives {answer.summary}"
        checks = service_evidence(environment, standby, side)
        failed = [check for check in checks if check.verdict is Verdict.FAILED]
        if failed:
            return f"{failed[0].name}: {failed[0].detail}"
        return "" if time.monotonic() >= until else None

    reason = wait_for(unwell, Pace(seconds + 60, interval_seconds=1))
    if reason:
        raise NotServing(
            f"With {share} % of the requests on the new slot, {reason}.",
            next_step="The requests go back to the slot that was live.",
        )


@step("Look what the databases held at the switch")
def data_at_switch(environment: Environment, moment: str) -> dict[DatabaseName, Fingerprint]:  # noqa: ARG001 part of the result's key
    """What the log knows of the live databases when clients came to them; nothing where it knows none."""
    records = deployment_log(environment).records()
    return next((each.entry.data for each in reversed(records) if each.entry.data), {})


@step("Look how long the other slot is kept")
def kept_until(environment: Environment, now: Release) -> datetime | None:
    """When the slot that is not live may go; None where it may already."""
    hours = now.standby.kept_hours if now.standby else None
    since = switched_at(deployment_log(environment).records())
    if hours is None or since is None:
        return None
    until = since + timedelta(hours=hours)
    return until if until > datetime.now(UTC) else None


@step("Show what is in the databases that are left", "Show {title}")
def show_data(environment: Environment, title: str, text: str) -> str:
    """Put it on the flow run's page; gives the Markdown."""
    create_markdown_artifact(
        text, key=f"slots-{environment.name}", description=f"{environment.name}: {title}"
    )
    return text
