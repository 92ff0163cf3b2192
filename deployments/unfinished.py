"""Tells of changes that ended without a word: cancelled after they had begun, or dead and left to people.

A run tells of its own end; these have no process that could. That worker tells which notes so beside the run:
only one can. What reached nobody then is in its log.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
from anyio import to_thread
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import PrefectHTTPStatusError
from prefect.utilities.urls import url_for

from deployments.interrupted import SETTLED
from deployments.pool_runs import runs_in
from deployments.turns import CHANGES
from models.errors import DeployError
from models.names import Scenario
from models.notification import News, Notice
from systems.environments import load_environment
from systems.github.deployments import current_state, find_deployment, set_status
from systems.github.statuses import is_pending, set_commit_status
from systems.notifications import problems
from tasks.access import open_repository
from tasks.crashed import goes_on
from tasks.notifying import WAIT_SECONDS, post_to_channels
from tasks.pending import PendingCommit, read_pending

LOOKS_BACK = timedelta(days=1)
"""What ended longer ago is history: a worker that was away does not tell of it any more."""

_LOOK_EVERY_SECONDS = 30
_TAKEN = 409
_log = logging.getLogger("prefect.workers.unfinished")


async def watch_unfinished_runs(pool: str) -> None:
    """Look every now and then until cancelled; what a look fails at must not end the worker."""
    while True:
        await anyio.sleep(_LOOK_EVERY_SECONDS)
        try:
            await tell_of_unfinished_runs(pool, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 see above
            _log.warning("Unfinished runs were not looked for (%s); looking again.", type(error).__name__)


async def tell_of_unfinished_runs(pool: str, now: datetime) -> None:
    """One look at a work pool's changes: tell of each end that nobody has told of."""
    async with get_client() as client:
        ended = await runs_in(
            client, pool, [StateType.CANCELLED, StateType.CRASHED], ended_since=now - LOOKS_BACK
        )
    changes = [run for run in ended if CHANGES in run.tags and run.run_count and not _goes_on(run, now)]
    await to_thread.run_sync(_tell_of_each, changes, abandon_on_cancel=True)


def _tell_of_each(changes: list[FlowRun]) -> None:
    with get_client(sync_client=True) as client:
        for run in changes:
            if _claimed(client, run):
                _tell(client, run)


def _goes_on(run: FlowRun, now: datetime) -> bool:
    """Whether the watch over interrupted runs may start it again; a crash is reported twice in seconds."""
    if run.state is None or not run.state.is_crashed():
        return False
    return now - run.state.timestamp <= SETTLED or goes_on(run, now)


def _claimed(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Whether it is this worker that tells of the end: it was the first to note so."""
    key = f"told-of-start-{run.run_count}-end"
    if client.filter_flow_run_input(run.id, key_prefix=key, limit=1, exclude_keys=set()):
        return False
    try:
        client.create_flow_run_input(run.id, key, "{}")
    except PrefectHTTPStatusError as error:
        if error.response.status_code != _TAKEN:
            raise
        return False
    return True


def _tell(client: SyncPrefectClient, run: FlowRun) -> None:
    told, page = _what_became(run), url_for("flow-run", obj_id=run.id)
    _log.warning("Flow run %s: %s", run.name, told)
    for pending in read_pending(client, run.id):
        try:
            _end_at_github(pending, str(run.id), told, page)
        except DeployError as error:
            _log.warning("GitHub was not told of flow run %s: %s", run.name, error.problem)
    try:
        _tell_people(client, run, told, page)
    except DeployError as error:
        _log.warning("Nobody was told of flow run %s: %s", run.name, error.problem)


def _what_became(run: FlowRun) -> str:
    if run.state is not None and run.state.is_cancelled():
        return "It was cancelled after it had begun."
    return f"Its process died, was started {run.run_count} times in all, and is not started again."


def _end_at_github(pending: PendingCommit, flow_run_id: str, told: str, page: str | None) -> None:
    """Neither the run's Deployment nor the status beside its commit goes on where the run does not."""
    environment, commit = load_environment(pending.environment), pending.commit
    repository = open_repository(environment)
    deployment = find_deployment(
        repository, commit=commit, environment=environment.github.environment, flow_run_id=flow_run_id
    )
    if deployment is not None and current_state(deployment) == "in_progress":
        set_status(deployment, "error", description=told, log_url=page)
    if is_pending(repository, commit, environment.name, page or ""):
        set_commit_status(repository, commit, environment.name, "error", description=told, url=page)


def _tell_people(client: SyncPrefectClient, run: FlowRun, told: str, page: str | None) -> None:
    request: dict[str, Any] = run.parameters.get("request", {})
    environment = load_environment(str(request.get("environment")))
    notice = Notice(
        news=News.UNFINISHED,
        scenario=Scenario(client.read_flow(run.flow_id).name),
        environment=environment.name,
        run_name=run.name,
        requester=str(request.get("requester", "")),
        because=str(request.get("reason", "")),
        told=f"{told} What it had changed by then stays.",
        next_step=f"See what that is (credex log --env {environment.name}), and start the same again.",
        link=page,
    )
    for problem in problems(post_to_channels(environment, notice), WAIT_SECONDS):
        _log.warning("Not everybody was told of flow run %s: the channel %s.", run.name, problem)
