"""Tells people what became of a change: GitHub's deployment page, and the flow run's own page.

A channel that fails never stops a deployment.
"""

from __future__ import annotations

from prefect import runtime
from prefect.artifacts import create_markdown_artifact

from models.change import Change
from models.log import Event
from models.report import escape
from systems.github.deployments import DeploymentState, ensure_deployment, set_status
from tasks.access import open_repository
from tasks.steps import look

_STATES: dict[Event, DeploymentState] = {
    Event.STARTED: "in_progress",
    Event.SUCCEEDED: "success",
    Event.UNCHANGED: "success",
    Event.FAILED: "failure",
    Event.ROLLED_BACK: "failure",
}


def inform(change: Change, event: Event, reason: str = "") -> None:
    """Tell everybody; what could not be told is a failed task on the flow run's page, and nothing more."""
    tell_github(change, event, reason, return_state=True)
    if event.ends_a_deployment:
        write_summary(change, event, reason, return_state=True)


@look("Tell GitHub what became of it", "Tell GitHub: {event}")
def tell_github(change: Change, event: Event, reason: str) -> None:
    """Set the status of the commit's GitHub Deployment, which is created once for each flow run."""
    repository = open_repository(change.environment)
    deployment = ensure_deployment(
        repository,
        commit=change.release.commit,
        environment=change.environment.github.environment,
        flow_run_id=change.flow_run_id,
    )
    set_status(deployment, _STATES[event], description=reason, log_url=runtime.flow_run.ui_url)


@look("Write the summary")
def write_summary(change: Change, event: Event, reason: str) -> None:
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
