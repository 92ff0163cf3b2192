"""Reads and writes the deployment log: the current release, and what each change came to."""

from __future__ import annotations

from prefect import get_run_logger

from models.change import Change
from models.check import Verification
from models.environment import Environment
from models.errors import Refused
from models.log import Event, Record
from models.release import Release
from systems.aws.bootstrap import owns_bucket
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from tasks.steps import step


def deployment_log(environment: Environment) -> DeploymentLog:
    """The environment's log in S3."""
    return DeploymentLog(Aws(environment.aws.region), environment.aws.releases_bucket, environment.name)


@step("Read the current release from the deployment log", "Read the current release (attempt {attempt})")
def read_current_release(environment: Environment, attempt: int = 1) -> Release | None:  # noqa: ARG001 part of the result's key
    """What the environment is now by its log; None where nothing was deployed yet."""
    if not owns_bucket(Aws(environment.aws.region), environment.aws.releases_bucket):
        return None
    log = deployment_log(environment)
    for record in log.unfinished():
        get_run_logger().warning(
            "Flow run %s began a change of %s and its end is not recorded.",
            record.entry.flow_run_name,
            environment.name,
        )
    return log.current_release()


def require_release(environment: Environment, current: Release | None) -> Release:
    """The current release. Raises Refused where there is none."""
    if current is None:
        raise Refused(
            f"Nothing was deployed to {environment.name} yet.",
            next_step=f"Build it first: credex trigger initial-deployment --env {environment.name}.",
        )
    return current


@step("Record the outcome in the deployment log", "Record: {event}")
def record_outcome(
    change: Change, event: Event, reason: str = "", verification: Verification | None = None
) -> Record:
    """Append what the change came to; the same flow run records each event once."""
    record = deployment_log(change.environment).append_once(
        change.entry(event, reason=reason, verification=verification)
    )
    get_run_logger().info("Record %d of %s: %s.", record.number, change.environment.name, event)
    return record
