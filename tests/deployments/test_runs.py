"""Following a flow run over the API of a real Prefect server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from queue import Queue
from uuid import UUID, uuid4

import pytest
from prefect import flow, task
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import LogCreate
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Completed, Running

from deployments.runs import Say, follow, prefect

pytestmark = pytest.mark.sandbox

FOLLOW_SECONDS = 60


@flow(name="told")
def told() -> None:
    """Never run: its runs exist in Prefect's database alone."""


@task(name="Apply the plan")
def apply_the_plan() -> None:
    """Never run, as the flow."""


def write_log(client: SyncPrefectClient, run: UUID, step: UUID | None, message: str) -> None:
    """Have the server keep a line of the run's log."""
    line = LogCreate(
        name="prefect.task_runs",
        level=20,
        message=message,
        timestamp=datetime.now(UTC),
        flow_run_id=run,
        task_run_id=step,
    )
    client.request("POST", "/logs/", json=[line.model_dump(mode="json")])


def test_lines_of_a_step_wait_until_the_server_knows_its_name(prefect_api: str) -> None:
    """The server learns of a step by an event, which may come after the step's first lines."""
    step, said = uuid4(), Queue[str]()
    with prefect() as client, ThreadPoolExecutor() as threads:
        run = client.create_flow_run(told, state=Running()).id
        write_log(client, run, None, "of the run")
        write_log(client, run, step, "first of the step")
        write_log(client, run, step, "second of the step")
        end = threads.submit(copy_context().run, _follow, run, said.put)
        assert said.get(timeout=FOLLOW_SECONDS) == "    of the run"
        client.create_task_run(apply_the_plan, run, dynamic_key="0", id=step, name="Apply the plan")
        client.set_flow_run_state(run, Completed())
        assert end.result().state_type is StateType.COMPLETED
    assert list(said.queue) == ["Apply the plan", "    first of the step", "    second of the step"]


def _follow(run: UUID, say: Say) -> FlowRun:
    with prefect() as client:
        return follow(client, run, FOLLOW_SECONDS, say)
