"""A run that is killed is reported as crashed once: a second report would crash the run that goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType

from sandbox.settings import PROJECT
from systems.waiting import Pace, wait_for
from tests.deployments.dying import dying

pytestmark = pytest.mark.sandbox

POOL = "dying"
EXECUTED = "prefect.worker.executed-flow-run"
SOON = Pace(120, interval_seconds=0.2)


def test_a_killed_run_is_reported_as_crashed_once(prefect_api: str, tmp_path: Path) -> None:
    """Prefect's own worker does it twice: once where it waits for the process, once where that returns."""
    environment = os.environ | {
        "PREFECT_API_URL": prefect_api,
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "CREDEX_WORK_DIR": str(tmp_path),
    }
    program = f"from deployments.process_worker import run; run({POOL!r})"
    with get_client(sync_client=True) as client:
        run_id = _scheduled_run(client)
        worker = subprocess.Popen([sys.executable, "-c", program], env=environment, cwd=PROJECT)
        try:
            assert wait_for(lambda: _is_done_with(client, run_id), SOON), "the worker is not done with it"
        finally:
            worker.kill()
            worker.wait()
        states = [state.type for state in client.read_flow_run_states(run_id)]
    assert StateType.CRASHED in states
    before = [earlier for earlier, later in pairwise(states) if later is StateType.CRASHED]
    assert set(before) == {StateType.RUNNING}


def _scheduled_run(client: SyncPrefectClient) -> UUID:
    client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    deployment = client.create_deployment(
        client.create_flow(dying), "dying", entrypoint="tests.deployments.dying.dying", work_pool_name=POOL
    )
    return client.create_flow_run_from_deployment(deployment).id


def _is_done_with(client: SyncPrefectClient, run_id: UUID) -> bool | None:
    """Whether the worker has said that what ran the flow run has returned, which it says last."""
    wanted = {"event": {"name": [EXECUTED]}, "related": {"id": [f"prefect.flow-run.{run_id}"]}}
    found = client.request("POST", "/events/filter", json={"filter": wanted, "limit": 1}).json()
    return bool(found["events"]) or None
