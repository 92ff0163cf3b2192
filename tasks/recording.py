"""Reads and writes the deployment log: the current release, and what each change came to."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import get_run_logger
from prefect.runtime import flow_run

from models.change import Change
from models.check import Verification
from models.environment import Environment
from models.errors import Refused
from models.log import Entry, Event, Record
from models.names import BackupId, DatabaseName, Scenario
from models.release import Release
from systems.aws.bootstrap import owns_bucket
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from tasks.steps import look, step


def deployment_log(environment: Environment) -> DeploymentLog:
    """The environment's log in S3."""
    return DeploymentLog(Aws(environment.aws.region), environment.aws.releases_bucket, environment.name)


def record_of(change: Change, *events: Event) -> Record | None:
    """The newest record of one of these events that this very run wrote for this very plan."""
    return deployment_log(change.environment).find(
        change.flow_run_id, *events, plan_sha256=change.saved.sha256
    )


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


@step("Record what was mended in the deployment log")
def record_mended(change: Change, verification: Verification) -> Record:
    """Append that all is well around a release which another change brought, and has to record as good."""
    entry = change.entry(Event.SUCCEEDED, release=None, verification=verification)
    return deployment_log(change.environment).append_once(entry)


@step("Record the run in the deployment log", "Record: {scenario} {event}")
def record_run(
    environment: Environment,
    scenario: Scenario,
    requester: str,
    event: Event,
    *,
    reason: str = "",
    backups: dict[DatabaseName, BackupId] | None = None,
) -> Record:
    """Append what a run that changes no release came to; the same flow run records each event once."""
    entry = Entry(
        event=event,
        scenario=scenario,
        environment=environment.name,
        flow_run_id=str(flow_run.get_id()),
        flow_run_name=str(flow_run.get_name()),
        requester=requester,
        reason=reason,
        backups=backups or {},
    )
    return deployment_log(environment).append_once(entry)


@look("Look whether this run has failed already")
def recorded_failure(change: Change) -> str | None:
    """Why this very change failed, where that was recorded before a kill; None where it was not."""
    found = record_of(change, Event.FAILED)
    return found.entry.reason if found else None


@look("Look whether this run has let writes in again")
def was_opened(change: Change) -> bool:
    """Whether the application may have written since the databases were fenced."""
    return record_of(change, Event.OPENED) is not None


@step("Note how long writes waited")
def seconds_fenced(change: Change) -> float:
    """Seconds since this run let the databases take no more writes, at the moment when clients may again."""
    fenced = record_of(change, Event.FENCED)
    return (datetime.now(UTC) - fenced.written_at).total_seconds() if fenced else 0.0
