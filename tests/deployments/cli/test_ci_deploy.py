"""The action `deploy`, its steps run as a runner does, with a real Prefect server behind authentication."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed, Failed, Running

from sandbox.ports import free_ports
from systems.waiting import Pace, wait_for
from tests.deployments.cli.ci_steps import Job
from tests.prefect_server import CREDENTIAL

pytestmark = pytest.mark.sandbox

COMMIT = "c" * 40
SOON = Pace(120, interval_seconds=0.2)


@flow(name="application-deployment")
def application_deployment() -> None:
    """Stands for the scenario of this name; its runs end as the test says."""


@pytest.fixture
def client(prefect_api: str) -> Iterator[SyncPrefectClient]:
    """A client of a server that knows the scenario's deployment, which no worker serves."""
    with get_client(sync_client=True) as opened:
        opened.create_deployment(opened.create_flow(application_deployment), "application-deployment")
        yield opened


def a_job(prefect_api: str, folder: Path, run_id: str, **inputs: str) -> Job:
    """A job of one run of credex-core's workflow, with credex installed."""
    given = {
        "environment": "staging",
        "prefect-api-url": prefect_api,
        "prefect-auth": CREDENTIAL,
        "prefect-ui-url": "https://prefect.example.com",
        "commit": COMMIT,
    }
    job = Job("deploy", folder, given | inputs, run_id)
    (job.temp / "credex-deploy").symlink_to(sys.prefix)
    return job


def runs_of(client: SyncPrefectClient, run_id: str) -> list[FlowRun]:
    """The flow runs that the workflow run has started, oldest first."""
    key = f"github/credex/credex-core/{run_id}/staging/application-deployment"
    found = [
        FlowRun.model_validate(run) for run in client.request("POST", "/flow_runs/filter", json={}).json()
    ]
    mine = [run for run in found if (run.idempotency_key or "").startswith(key)]
    return sorted(mine, key=lambda run: run.idempotency_key or "")


def started(client: SyncPrefectClient, run_id: str, number: int = 1) -> UUID:
    """The id of the workflow run's newest flow run, once there are so many."""
    runs = wait_for(lambda: found if len(found := runs_of(client, run_id)) == number else None, SOON)
    assert runs, "no such flow run"
    return runs[-1].id


def test_a_job_ends_as_its_flow_run_and_a_second_attempt_repeats_only_what_failed(
    client: SyncPrefectClient, prefect_api: str, tmp_path: Path
) -> None:
    """Its log, its summary and its outputs say how; nothing in them is taken for a command of GitHub's.

    It asks for whoever pushed.
    """
    first = a_job(prefect_api, tmp_path / "1", "7001")
    process = first.start("Deploy")
    run_id = started(client, "7001")
    client.create_artifact(ArtifactCreate(key="plan-staging", type="markdown", data="-", flow_run_id=run_id))
    told = "ECS gave up.\n::add-mask::everything ##[add-mask]everything | <b>"
    client.set_flow_run_state(run_id, Failed(name="Rolled back", message=told), force=True)
    log, _ = process.communicate(timeout=240)
    assert process.returncode == 5, log
    assert client.read_flow_run(run_id).parameters["request"] == {
        "environment": "staging",
        "commit": COMMIT,
        "requester": "dependabot-bot-",
    }
    assert "Rolled back" in first.summary
    assert "\n::" not in first.summary
    assert f"(https://prefect.example.com/runs/flow-run/{run_id})" in first.summary
    assert "[plan-staging](https://prefect.example.com/artifacts/artifact/" in first.summary
    assert first.run("Give the outcome to later steps")[0] == 0
    assert first.outputs["flow_run_id"] == str(run_id)
    assert first.outputs["state"] == "Rolled back"

    second = a_job(prefect_api, tmp_path / "2", "7001").start("Deploy")
    client.set_flow_run_state(started(client, "7001", 2), Completed(message="Done."), force=True)
    assert second.wait(240) == 0
    third = a_job(prefect_api, tmp_path / "3", "7001")
    code, log = third.run("Deploy")
    assert code == 0, log
    assert len(runs_of(client, "7001")) == 2
    for shown in (log, first.summary, third.summary):
        assert CREDENTIAL not in shown


def test_a_cancelled_job_takes_back_a_run_that_waits_and_leaves_one_that_began(
    client: SyncPrefectClient, prefect_api: str, tmp_path: Path
) -> None:
    """GitHub sends SIGINT to the step's own process, other systems SIGTERM."""
    waiting, running = (a_job(prefect_api, tmp_path / run_id, run_id) for run_id in ("7002", "7003"))
    processes = [job.start("Deploy") for job in (waiting, running)]
    withdrawn, going_on = (started(client, run_id) for run_id in ("7002", "7003"))
    for process in processes:
        Job.read_until(process, "It waits for a worker.")
    client.set_flow_run_state(going_on, Running(), force=True)
    for process, sent in zip(processes, (signal.SIGINT, signal.SIGTERM), strict=True):
        process.send_signal(sent)
    logs = [process.communicate(timeout=240)[0] for process in processes]
    assert [process.returncode for process in processes] == [130, 130], logs
    assert client.read_flow_run(withdrawn).state_name == "Cancelled"
    assert client.read_flow_run(going_on).state_name == "Running"
    assert "nothing was changed" in waiting.summary
    assert "the flow run goes on by itself" in running.summary


@pytest.mark.exhaustive
def test_what_a_runner_installs_is_enough(tmp_path: Path) -> None:
    """Wheels alone, by their hashes; nothing of the project's own tools, and nothing of the job's folder."""
    (port,) = free_ports(1)
    inputs = {"environment": "staging", "prefect-api-url": f"http://127.0.0.1:{port}/api", "commit": COMMIT}
    job = Job("deploy", tmp_path / "job", inputs)
    (job.work / "deployments.py").write_text("raise SystemExit('this is not credex')")
    code, log = job.run("Install credex")
    assert code == 0, log
    code, log = job.run("Deploy")
    assert code == 1
    assert "Prefect's server does not answer" in log


def test_an_input_is_data_and_no_part_of_a_command(tmp_path: Path) -> None:
    """What a branch or a commit is called is anybody's to choose."""
    (port,) = free_ports(1)
    bad = '"; touch owned; echo "$(touch owned)`touch owned`\n--help'
    inputs = dict.fromkeys(("environment", "commit", "requester", "timeout-minutes"), bad)
    job = a_job(f"http://127.0.0.1:{port}/api", tmp_path / "job", "7004", **inputs)
    code, log = job.run("Deploy")
    assert code in {2, 3}, log
    assert list(job.work.iterdir()) == []
