"""How long a person waits from asking until the first step runs, beside an empty flow on the same worker."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun

from benchmarks.empty import empty
from benchmarks.flow_runs import wait_for_end
from benchmarks.ground import ENVIRONMENT
from benchmarks.result import Result, measure_pairs
from deployments.runs import prefect, start
from deployments.worker import WORK_POOL
from models.errors import SetUpError
from models.names import Scenario
from models.request import VerificationRequest
from sandbox.settings import SandboxSettings
from systems.waiting import Pace, wait_for

_RECORDED_SECONDS = 60
"""How long the server may take to write down a task that has run: it does so from events, behind the runs."""


def run(_settings: SandboxSettings, pairs: int) -> Result:
    """Start a verification and an empty flow in turn, each when the one before has ended."""
    with prefect() as client, _empty_deployment(client) as deployment:

        def verification() -> FlowRun:
            request = VerificationRequest(environment=ENVIRONMENT)
            return start(client, Scenario.VERIFICATION, request, str(uuid.uuid4()))

        ours, beside = measure_pairs(
            pairs,
            lambda: _seconds_to_first_task(client, verification),
            lambda: _seconds_to_first_task(
                client, lambda: client.create_flow_run_from_deployment(deployment)
            ),
        )
    return Result("first-task", ours, beside, "an empty flow")


def _seconds_to_first_task(client: SyncPrefectClient, post: Callable[[], FlowRun]) -> float:
    asked = datetime.now(UTC)
    run_id = post().id
    ended = wait_for_end(client, run_id)
    first = wait_for(lambda: _first_start(client, run_id), Pace(_RECORDED_SECONDS, interval_seconds=0.2))
    if first is None:
        raise SetUpError(f"Flow run {ended.name} started no task.", next_step="Look at its log.")
    return (first - asked).total_seconds()


def _first_start(client: SyncPrefectClient, run_id: UUID) -> datetime | None:
    tasks = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run_id])))
    return min((task.start_time for task in tasks if task.start_time), default=None)


@contextmanager
def _empty_deployment(client: SyncPrefectClient) -> Iterator[UUID]:
    deployment = client.create_deployment(
        client.create_flow(empty),
        "benchmark",
        entrypoint="benchmarks.empty.empty",
        work_pool_name=WORK_POOL,
        pull_steps=[],
        job_variables={"stream_output": False},
    )
    try:
        yield deployment
    finally:
        client.delete_deployment(deployment)
