"""`credex trigger --wait` tells by its exit code how the run ended, and by one JSON object what it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Crashed, Failed

from deployments.cli import main
from deployments.cli.trigger import EXIT_INTERRUPTED, GOES_ON, NOTHING_STARTED
from deployments.runs import tries_of
from deployments.withdrawing import WITHDRAWN, left_behind
from models.names import Scenario
from systems.waiting import Pace, wait_for
from tasks import crashed
from tests.deployments.cli.busy_server import busy_server

pytestmark = pytest.mark.sandbox

CREDEX = Path(sys.executable).with_name("credex")
ENDINGS: dict[str, tuple[Callable[[], State[None]], int]] = {
    "done": (lambda: Completed(message="Done."), 0),
    "nothing to do": (lambda: Completed(name="Unchanged", message="Nothing."), 0),
    "failed": (lambda: Failed(message="It failed."), 1),
    "crashed": (lambda: Crashed(message="It is gone."), 1),
    "cancelled": (lambda: Cancelled(message="Stopped."), 1),
    "refused": (lambda: Failed(name="Refused", message="Not so."), 3),
    "rejected": (lambda: Failed(name="Rejected", message="No."), 4),
    "rolled back": (lambda: Failed(name="Rolled back", message="It is back."), 5),
}


@flow(name="verification")
def verification() -> None:
    """Stands for the scenario of this name; its runs end as the test says."""


@pytest.fixture
def client(prefect_api: str) -> SyncPrefectClient:
    """A client of a server that knows the scenario's deployment, which no worker serves."""
    with get_client(sync_client=True) as opened:
        opened.create_deployment(opened.create_flow(verification), "verification")
    return get_client(sync_client=True)


def _arguments(key: str) -> list[str]:
    return ["trigger", "verification", "--env", "development", "--wait", "--json", "--idempotency-key", key]


def _trigger(api_url: str, key: str, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(CREDEX), *_arguments(key), *options],
        env=os.environ | {"PREFECT_API_URL": api_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("name", ENDINGS)
def test_each_way_to_end_has_its_exit_code(
    client: SyncPrefectClient, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CI can tell a refusal, a no, and a rolled back deployment from a failure, also where it joins a run."""
    monkeypatch.setattr(crashed, "RECENT", timedelta(seconds=1))
    ending, exit_code = ENDINGS[name]
    with client as opened:
        opened.set_flow_run_state(_made(opened, name), ending(), force=True)
    monkeypatch.setattr(sys, "argv", ["credex", *_arguments(name)])
    with pytest.raises(SystemExit) as ended:
        main()
    answer, state = json.loads(capsys.readouterr().out), ending()
    assert ended.value.code == exit_code
    assert (answer["state"], answer["message"]) == (state.name, state.message)


def test_whoever_waits_no_longer_reads_that_the_run_goes_on(
    client: SyncPrefectClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Whatever ended the waiting: a red job is no failed deployment."""
    summary = tmp_path / "summary.md"
    options = ["--timeout-minutes", "0.1", "--summary", str(summary)]
    monkeypatch.setattr(sys, "argv", ["credex", *_arguments("long"), *options])
    with client, pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    for told in (capsys.readouterr().err, summary.read_text()):
        assert "did not end" in told
        assert GOES_ON in told


def _started(client: SyncPrefectClient, key: str) -> UUID:
    run_id = wait_for(lambda: _run_of(client, key), Pace(120, 0.2))
    assert run_id, f"{key} was never started"
    return run_id


def _run_of(client: SyncPrefectClient, key: str) -> UUID | None:
    found = client.request("POST", "/flow_runs/filter", json={}).json()
    return next((UUID(run["id"]) for run in found if run["idempotency_key"] == key), None)


def test_the_same_key_gives_the_same_run(client: SyncPrefectClient, prefect_api: str) -> None:
    """A CI job that is tried again does not deploy twice."""
    with client as opened, _trigger(prefect_api, "once") as first, _trigger(prefect_api, "once") as second:
        run_id = _started(opened, "once")
        opened.set_flow_run_state(run_id, Completed(), force=True)
        answers = [json.loads(process.communicate(timeout=180)[0]) for process in (first, second)]
    assert {answer["flow_run_id"] for answer in answers} == {str(run_id)}


def test_a_start_that_is_interrupted_leaves_no_run_to_begin(
    client: SyncPrefectClient, prefect_api: str, tmp_path: Path
) -> None:
    """Also where the server has made the run, and a cancelled CI job never heard of it."""
    summary = tmp_path / "summary.md"
    options = ("--try-again", "--withdraw", "--summary", str(summary))
    with client as opened, ExitStack() as stack:
        lost, never = (stack.enter_context(busy_server(prefect_api, starts=each)) for each in (True, False))
        made = stack.enter_context(_trigger(lost.api_url, "cut short", *options))
        unmade = stack.enter_context(_trigger(never.api_url, "never made", *options))
        run_id = _started(opened, "cut short")
        assert never.asked.wait(120)
        for process in (made, unmade):
            process.send_signal(signal.SIGTERM)
        told = [process.communicate(timeout=180)[1] for process in (made, unmade)]
        assert [process.returncode for process in (made, unmade)] == [EXIT_INTERRUPTED] * 2, told
        state = opened.read_flow_run(run_id).state
        assert state is not None
        assert (state.name, state.message) == ("Cancelled", WITHDRAWN)
        assert WITHDRAWN in told[0]
        assert WITHDRAWN in summary.read_text()
        assert NOTHING_STARTED in told[1]
        assert _run_of(opened, "never made") is None


def test_what_an_interrupted_start_left_behind_is_the_try_that_has_not_ended(
    client: SyncPrefectClient,
) -> None:
    """The tries before it have failed; withdrawing one of them would leave the newest to deploy."""
    keys = tries_of("several")
    with client as opened:
        opened.set_flow_run_state(_made(opened, keys[0]), Failed(), force=True)
        newest = _made(opened, keys[1])
        found = left_behind(opened, Scenario.VERIFICATION, keys)
        assert found is not None
        assert found.id == newest
        assert left_behind(opened, Scenario.HOTFIX, keys) is None


def _made(client: SyncPrefectClient, key: str) -> UUID:
    deployment = client.read_deployment_by_name("verification/verification")
    return client.create_flow_run_from_deployment(deployment.id, idempotency_key=key).id
