"""How the worker runs flow runs: as it would, whatever a caller sends along, and each end told once."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.exceptions import PrefectHTTPStatusError
from ruamel.yaml import YAML

from deployments.process_worker import JobConfiguration
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


def test_what_a_caller_sends_along_changes_no_process() -> None:
    """Neither with the run, nor written into the work pool: the worker's own folder and environment count."""
    evil = {
        "command": "touch /owned",
        "env": {"AWS_ENDPOINT_URL": "http://evil.example"},
        "env.PYTHONPATH": "/srv/evil",
        "working_dir": "/",
        "name": "evil",
        "labels": {"evil": "label"},
        "stream_output": True,
    }
    template: dict[str, Any] = {"job_configuration": evil, "variables": {"properties": {}}}
    made = asyncio.run(JobConfiguration.from_template_and_values(template, dict(evil)))
    assert made == JobConfiguration(stream_output=True, working_dir=Path.cwd())
    untouched = asyncio.run(JobConfiguration.from_template_and_values(template, {"stream_output": "yes"}))
    assert untouched == JobConfiguration(stream_output=False, working_dir=Path.cwd())


@pytest.mark.usefixtures("prefect_api")
def test_the_work_pools_template_has_the_server_refuse_what_our_deployments_do_not_set() -> None:
    """A caller reads why at once; what the deployments set is taken."""
    template = json.loads((PROJECT / "deployments" / "job-template.json").read_text())
    ours = YAML(typ="safe").load(PROJECT / "prefect.yaml")["definitions"]["work_pool"]["job_variables"]
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="closed", type="process", base_job_template=template))
        deployment = client.create_deployment(
            client.create_flow(dying), "closed", work_pool_name="closed", job_variables=ours
        )
        assert client.create_flow_run_from_deployment(deployment, job_variables=ours).id
        for evil in ({"env": {"X": "1"}}, {"env.X": "1"}, {"working_dir": "/"}, {"command": "id"}):
            with pytest.raises(PrefectHTTPStatusError) as refused:
                client.create_flow_run_from_deployment(deployment, job_variables=evil)
            assert refused.value.response.status_code == httpx.codes.UNPROCESSABLE_ENTITY
