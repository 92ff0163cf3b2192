"""The sandbox as a whole: it starts once, says how it is, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import httpx
import psutil
import pytest

from sandbox.leftovers import find_processes
from sandbox.lifecycle import down, up
from sandbox.record import Record, read_record
from sandbox.settings import SandboxSettings
from sandbox.status import read_status
from tests.conftest import NETWORKS, RunningSandbox, ignore, new_settings

pytestmark = pytest.mark.sandbox

STARTER = """
import signal, sys, pathlib
from sandbox.lifecycle import up
from sandbox.settings import SandboxSettings
up(SandboxSettings.model_validate_json(pathlib.Path(sys.argv[1]).read_text()), lambda part: None)
signal.pause()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder for all tests here: with its database in place a start is quicker."""
    return tmp_path_factory.mktemp("own") / "sandbox"


@pytest.fixture
def settings(home: Path) -> Iterator[SandboxSettings]:
    """Settings of a sandbox beside the session's, which is down before and after."""
    settings = new_settings(home, {name: octet + 6 for name, octet in NETWORKS.items()})
    yield settings
    down(settings)


def credex(settings: SandboxSettings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `credex sandbox` as a person would."""
    variables = {
        "CREDEX_SANDBOX_HOME": str(settings.home),
        "CREDEX_SANDBOX_NETWORKS": json.dumps(settings.networks),
        **{name: str(port) for name, port in settings.ports().items()},
    }
    return subprocess.run(
        [str(Path(sys.executable).parent / "credex"), "sandbox", *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def eventually(holds: Callable[[], bool], *, within: float) -> bool:
    """Whether the condition comes to hold in time (seconds)."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def record_of(settings: SandboxSettings) -> Record:
    record = read_record(settings.home)
    assert record is not None
    return record


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def work_pool(settings: SandboxSettings) -> dict[str, str]:
    pool: dict[str, str] = httpx.get(f"{settings.prefect_url}/api/work_pools/credex", timeout=60).json()
    return pool


def nothing_is_left(record: Record) -> bool:
    guardian_ended = not record.guardian.alive()
    ports_free = not any(map(listens, record.settings.ports().values()))
    return guardian_ended and ports_free and not find_processes(record.mark)


def test_a_day_in_the_life_of_a_sandbox(settings: SandboxSettings) -> None:
    """Up, up again, status, down, down again."""
    first = credex(settings, "up")
    assert first.returncode == 0, first.stderr
    assert settings.aws_url in first.stdout
    assert settings.prefect_url in first.stdout
    record = record_of(settings)

    again = credex(settings, "up")
    assert again.returncode == 0
    assert "already running" in again.stdout
    assert record_of(settings) == record

    status = credex(settings, "status", "--json")
    assert status.returncode == 0
    parts = json.loads(status.stdout)["parts"]
    assert [part["name"] for part in parts] == ["AWS", "GitHub", "Prefect", "Prefect worker"]
    assert all(part["healthy"] and psutil.pid_exists(part["pid"]) for part in parts)
    assert work_pool(settings)["type"] == "process"

    stopped = credex(settings, "down")
    assert stopped.returncode == 0
    assert nothing_is_left(record)
    assert credex(settings, "status").returncode == 1
    assert "No sandbox was running" in credex(settings, "down").stdout


@pytest.mark.exhaustive
def test_a_killed_supervisor_leaves_nothing_and_the_next_start_is_like_any_other(
    settings: SandboxSettings,
) -> None:
    killed = up(settings, ignore)
    pool = work_pool(settings)
    os.kill(killed.supervisor.pid, signal.SIGKILL)
    assert eventually(lambda: nothing_is_left(killed), within=30), find_processes(killed.mark)
    assert read_status(settings.home).state == "ended"
    up(settings, ignore)
    assert read_status(settings.home).well
    assert work_pool(settings)["id"] == pool["id"]


@pytest.mark.exhaustive
def test_a_killed_guardian_takes_everything_with_it(settings: SandboxSettings) -> None:
    killed = up(settings, ignore)
    os.kill(killed.guardian.pid, signal.SIGKILL)
    assert eventually(lambda: nothing_is_left(killed), within=30), find_processes(killed.mark)


@pytest.mark.exhaustive
def test_a_tests_sandbox_ends_with_the_test_run_that_started_it(settings: SandboxSettings) -> None:
    file = settings.home.parent / "starter.json"
    file.write_text(settings.model_dump_json())
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(file)])
    try:
        assert eventually(lambda: read_status(settings.home).well, within=200)
    finally:
        starter.kill()
        starter.wait()
    record = record_of(settings)
    assert eventually(lambda: nothing_is_left(record), within=40), find_processes(record.mark)


def test_a_taken_port_stops_the_start_before_anything_runs(settings: SandboxSettings) -> None:
    with socket.create_server(("127.0.0.1", settings.github_port)):
        refused = credex(settings, "up")
    assert refused.returncode == 1
    assert f"Port {settings.github_port}" in refused.stderr
    assert "CREDEX_SANDBOX_GITHUB_PORT=" in refused.stderr
    assert read_record(settings.home) is None
    assert not listens(settings.aws_port)


@pytest.mark.exhaustive
def test_two_sandboxes_stand_side_by_side_and_a_reset_takes_one_away_with_its_state(
    sandbox: RunningSandbox, settings: SandboxSettings
) -> None:
    """What is made in one is not in the other, a worker killed in one is restarted there alone."""
    others = ecr_names(sandbox.settings)
    record = up(settings, ignore)
    boto3_ecr(settings).create_repository(repositoryName="only-here")
    assert "only-here" in ecr_names(settings)
    assert ecr_names(sandbox.settings) == others

    killed = next(part.process for part in record.parts if part.name == "Prefect worker")
    assert killed is not None
    os.kill(killed.pid, signal.SIGKILL)

    def restarted() -> bool:
        part = read_status(settings.home).parts[-1]
        return part.healthy and part.pid != killed.pid and part.restarts == 1

    assert eventually(restarted, within=30)
    assert [part.restarts for part in read_status(sandbox.settings.home).parts] == [0, 0, 0, 0]

    assert credex(settings, "reset").returncode == 0
    assert nothing_is_left(record)
    assert not settings.home.exists()
    assert read_status(sandbox.settings.home).well


def boto3_ecr(settings: SandboxSettings):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return boto3.client(
        "ecr",
        endpoint_url=settings.aws_url,
        region_name="af-south-1",
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
    )


def ecr_names(settings: SandboxSettings) -> set[str]:
    answer = boto3_ecr(settings).describe_repositories()
    return {repository["repositoryName"] for repository in answer["repositories"]}
