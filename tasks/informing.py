"""Tells people what became of a change: GitHub's deployment page, and the flow run's own page.

A channel that fails never stops a deployment: it is logged, and the deployment goes on.
"""

from __future__ import annotations

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from systems.github.deployments import DeploymentState, ensure_deployment, set_status

from models.change import Change
from models.errors import DeployError
from models.log import Event
from models.report import escape
from tasks.access import open_repository
from tasks.steps import look

_STATES: dict[Event, DeploymentState] = {
    Event.STARTED: "in_progress",
    Event.SUCCEEDED: "success",
    Event.UNCHANGED: "success",
    Event.FAILED: "failure",
    Event.ROLLED_BACK: "failure",
}


@look("Tell GitHub what became of it", "Tell GitHub: {event}")
def tell_github(change: Change, event: Event, reason: str = "") -> None:
    """Set the status of the commit's GitHub Deployment, which is created once for each flow run."""
    try:
        repository = open_repository(change.environment)
        deployment = ensure_deployment(
            repository,
            commit=change.release.commit,
            environment=change.environment.github.environment,
            flow_run_id=change.flow_run_id,
        )
        set_status(deployment, _STATES[event], description=reason, log_url=flow_run.get_ui_url())
    except DeployError as error:
        get_run_logger().warning("GitHub was not told: %s", error)


@look("Write the summary")
def write_summary(change: Change, event: Event, reason: str = "") -> None:
    """Put what happened, to what, by whom and why at the top of the flow run's page."""
    release = change.release
    lines = [
        f"# {change.environment.name}: {event}",
        "",
        escape(reason) if reason else f"{change.scenario} ended as it should.",
        "",
        "| | |",
        "|---|---|",
        f"| commit | {release.commit} |",
        f"| image | {release.image_digest} |",
        f"| tasks | {release.desired_count} |",
        f"| asked for by | {escape(change.requester)} |",
        f"| approved by | {escape(change.approval.approver) if change.approval else 'nobody had to'} |",
    ]
    create_markdown_artifact(
        "\n".join(lines), key=f"summary-{change.environment.name}", description=str(event)
    )
