"""Finds what a change that came to no good end has left serving, so that nothing older takes its place.

Such a release is not in the log as good: something around it, such as a secret at GitHub, was not well.
"""

from __future__ import annotations

from prefect import get_run_logger
from prefect.runtime import flow_run

from models.environment import Environment
from models.errors import Refused
from models.log import Record
from models.release import Release
from tasks.recording import deployment_log
from tasks.rollout import service_evidence
from tasks.state import live_outputs
from tasks.steps import look, step


def left_serving(environment: Environment, current: Release | None) -> Release | None:
    """The log's last good release, or in its place the newer one on the same databases that serves.

    Raises Refused where such a newer one does not serve as it should, so that nobody knows what does.
    """
    begun = find_begun(environment) if current else None
    left = begun.entry.release if begun else None
    if not (current and begun and left) or left == current or not left.has_parts_of(current):
        return current
    return keep_serving(environment.in_slot(current.live), begun.number, left)


@look("Look what others began since the last good release")
def find_begun(environment: Environment) -> Record | None:
    """The newest record of it; None where all came to a good end."""
    return deployment_log(environment).begun_since_good(besides=str(flow_run.get_id()))


@step("Keep what was left serving", "Keep what record {number} has left serving")
def keep_serving(environment: Environment, number: int, left: Release) -> Release:
    """The release of a change that came to no good end, once all of it is seen to serve.

    Raises Refused where it is not.
    """
    for check in service_evidence(environment, live_outputs(environment), left):
        if not check.passed:
            raise Refused(
                f"Record {number} began to bring {environment.name} to commit {left.commit[:12]}, which came "
                f"to no good end and does not serve as it should ({check.name}: {check.detail}).",
                next_step=f"Go back first: credex rollback --env {environment.name}. Or deploy it again: "
                f"credex trigger application-deployment --env {environment.name} -p commit={left.commit}.",
            )
    get_run_logger().info("Commit %s serves, which record %d began: it stays.", left.commit[:12], number)
    return left
