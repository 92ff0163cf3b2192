"""Tells people what became of a change: GitHub's deployment page, and the flow run's own page.

The environment's channels hear of its start from here, and of its end, as of every run's, from
`flows/telling.py`. A channel that fails never stops a deployment.
"""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact

from models.change import Change
from models.log import Event
from models.markdown import code, plain, table
from models.notification import News
from systems.github.deployments import DeploymentState, ensure_deployment, set_status
from tasks.access import open_repository
from tasks.notifying import run_page, tell_of_change
from tasks.steps import look

_STATES: dict[Event, DeploymentState] = {
    Event.STARTED: "in_progress",
    Event.SUCCEEDED: "success",
    Event.UNCHANGED: "success",
    Event.FAILED: "failure",
    Event.ROLLED_BACK: "success",
}


def inform(change: Change, event: Event, reason: str = "") -> None:
    """Tell everybody; what could not be told is a failed task on the flow run's page, and nothing more."""
    tell_github(change, event, reason, return_state=True)
    if event is Event.STARTED:
        tell_of_change(change, News.STARTED)
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
        branch=change.environment.github.branch,
        flow_run_id=change.flow_run_id,
    )
    told = f"Put back: {reason}" if event is Event.ROLLED_BACK else reason
    set_status(deployment, _STATES[event], description=told, log_url=run_page())


@look("Write the summary")
def write_summary(change: Change, event: Event, reason: str) -> None:
    """Put what happened, to what, by whom and why at the top of the flow run's page."""
    release, name = change.release, change.environment.name
    approver = change.approval.approver if change.approval else ""
    rows = [
        ["commit", code(release.commit)],
        ["image", code(release.image_digest)],
        ["tasks", str(release.desired_count)],
        ["asked for by", plain(change.requester)],
        ["approved by", plain(approver) or "nobody had to"],
    ]
    if change.serving_after_seconds is not None:
        rows.append(["served after", f"{change.serving_after_seconds:.0f} seconds, from the trigger on"])
    if change.besides:
        rows.append(["besides", plain(change.besides)])
    told = plain(reason) if reason else f"The {change.scenario} ended as it should."
    text = f"# {name}: {event}\n\n{told}\n\n{table(['', ''], rows)}"
    create_markdown_artifact(text, key=f"summary-{name}", description=f"{name}: {event}")
