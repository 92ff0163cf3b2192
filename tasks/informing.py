"""Tells people what became of a change: at GitHub, and on the flow run's own page.

GitHub has a Deployment of the run and a status beside the commit. The status is there earlier, as a run may
wait for its approval for a day, and ends with the run, which may be rejected before anything began.

The environment's channels hear of its start from here, and of its end, as of every run's, from
`flows/telling.py`. A channel that fails never stops a deployment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from github.Repository import Repository
from prefect.artifacts import create_markdown_artifact

from models.change import Change
from models.errors import DeployError, ServiceUnavailable
from models.log import Event
from models.markdown import code, plain, table
from models.notification import News
from systems.github.deployments import DeploymentState, ensure_deployment, set_status
from systems.github.statuses import CommitState, is_pending, set_commit_status
from systems.redaction import scrub
from tasks.access import open_repository
from tasks.notifying import run_page, tell_of_change
from tasks.pending import note_pending
from tasks.steps import came_to, look

_STATES: dict[Event, DeploymentState] = {
    Event.STARTED: "in_progress",
    Event.SUCCEEDED: "success",
    Event.UNCHANGED: "success",
    Event.FAILED: "failure",
    Event.ROLLED_BACK: "success",
}
_COMMIT_STATES: dict[Event, CommitState] = {
    Event.STARTED: "pending",
    Event.SUCCEEDED: "success",
    Event.UNCHANGED: "success",
    Event.FAILED: "failure",
    Event.ROLLED_BACK: "success",
}


def inform(change: Change, event: Event, reason: str = "") -> None:
    """Tell everybody; what could not be told is a failed task on the flow run's page, and nothing more."""
    told = f"Put back: {reason}" if event is Event.ROLLED_BACK else reason
    deployment = came_to(tell_github(change, event, told, return_state=True))
    if not isinstance(deployment, ServiceUnavailable):
        words = told or f"{change.scenario} {event}"
        tell_commit(change, _COMMIT_STATES[event], words, return_state=True)
    if event is Event.STARTED:
        tell_of_change(change, News.STARTED)
    if event.ends_a_deployment:
        write_summary(change, event, reason, return_state=True)


@contextmanager
def ended_beside_the_commit() -> Iterator[list[Change]]:
    """Whatever error ends the run, at GitHub no commit of its changes, which go into the list, waits on."""
    changes: list[Change] = []
    try:
        yield changes
    except Exception as error:
        why = error.problem if isinstance(error, DeployError) else type(error).__name__
        for change in {change.release.commit: change for change in changes}.values():
            if change.environment.approval.required:
                end_commit(change, scrub(why), return_state=True)
        raise


@look("Tell GitHub what became of it", "Tell GitHub: {event}")
def tell_github(change: Change, event: Event, told: str) -> None:
    """Set the status of the commit's GitHub Deployment, which is created once for each flow run."""
    repository = open_repository(change.environment)
    deployment = ensure_deployment(
        repository,
        commit=change.release.commit,
        environment=change.environment.github.environment,
        branch=change.environment.github.branch,
        flow_run_id=change.flow_run_id,
    )
    set_status(deployment, _STATES[event], description=told, log_url=run_page())


@look("Tell GitHub how the commit fares", "Tell GitHub how the commit fares: {state}")
def tell_commit(change: Change, state: CommitState, told: str) -> None:
    """Set the status of the commit that is named after the environment."""
    if state == "pending":
        note_pending(change.environment.name, change.release.commit)
    repository = open_repository(change.environment)
    _set_commit_status(repository, change, state, told)


@look("Tell GitHub that the commit waits no more")
def end_commit(change: Change, told: str) -> None:
    """Set the status of the commit to an error, where this run left it pending."""
    repository, page = open_repository(change.environment), run_page() or ""
    if is_pending(repository, change.release.commit, change.environment.name, page):
        _set_commit_status(repository, change, "error", told)


def _set_commit_status(repository: Repository, change: Change, state: CommitState, told: str) -> None:
    set_commit_status(
        repository,
        change.release.commit,
        change.environment.name,
        state,
        description=told,
        url=run_page(),
    )


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
