"""Prefect's processes as parts of the sandbox, and the work pool that joins them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import httpx

from models.errors import SetUpError
from sandbox.environments import STRANGERS, sandbox_variables, worker_variables
from sandbox.neo4j.process import start_child
from sandbox.parts import Child
from sandbox.prefect.environment import WORK_POOL, client_variables, server_variables
from sandbox.settings import HOST, PROJECT, SandboxSettings

COMMAND_SECONDS = 240
"""How long a command may take on a busy machine; registering takes 5 s on a free one."""


def prefect_server(settings: SandboxSettings) -> Child:
    """Prefect's API and UI in one process."""
    port = str(settings.prefect_port)
    return Child(
        name="Prefect",
        address=settings.prefect_url,
        health_url=f"{settings.prefect_url}/api/health",
        command=[sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", port],
        env=_clean_environment() | server_variables(settings),
        log=settings.logs / "prefect-server.log",
    )


def prefect_worker(settings: SandboxSettings, name: str) -> Child:
    """A process worker that runs the flows, seeing nothing but the sandbox's variables, and its own home."""
    return Child(
        name=name,
        address=f"work pool {WORK_POOL}",
        health_url=_work_pool_url(settings),
        command=[sys.executable, "-m", "deployments.worker"],
        env=_clean_environment() | worker_variables(settings, name),
        log=settings.logs / f"{name.lower().replace(' ', '-')}.log",
        home=settings.workers[name],
    )


def _clean_environment() -> dict[str, str]:
    own = ("PREFECT_", "AWS_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(own) and name not in STRANGERS
    }


def ensure_work_pool(settings: SandboxSettings) -> None:
    """Create the work pool unless it is there; the worker fills in the details."""
    template = json.loads((PROJECT / "deployments" / "job-template.json").read_text())
    pool = {"name": WORK_POOL, "type": "process", "base_job_template": template}
    with _client(settings) as client:
        answer = client.post("/api/work_pools/", json=pool)
    if answer.status_code != httpx.codes.CONFLICT:
        answer.raise_for_status()


def register_deployments(settings: SandboxSettings) -> None:
    """Tell the server of every deployment in `prefect.yaml`, as an operator does after an update.

    Raises SetUpError when Prefect does not take them.
    """
    log = settings.logs / "prefect-deploy.log"
    if run_prefect(["deploy", "--all"], sandbox_variables(settings), log) != 0:
        raise SetUpError("Prefect did not take the deployments of prefect.yaml.", next_step=f"Read {log}.")


def run_prefect(arguments: list[str], env: dict[str, str], log: Path) -> int:
    """Run one of Prefect's commands to its end, or until it takes too long; gives its exit code."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    running = start_child(command, env=_clean_environment() | env, cwd=PROJECT, log=log)
    try:
        return running.wait(COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        return running.wait()


def workers_poll(settings: SandboxSettings, since: datetime, count: int) -> bool:
    """Whether so many workers have called the server since then."""
    with _client(settings) as client:
        answer = client.post(f"/api/work_pools/{WORK_POOL}/workers/filter", json={})
    if answer.status_code != httpx.codes.OK:
        return False
    heartbeats = [datetime.fromisoformat(worker["last_heartbeat_time"]) for worker in answer.json()]
    return sum(heartbeat > since for heartbeat in heartbeats) >= count


def _client(settings: SandboxSettings) -> httpx.Client:
    return httpx.Client(base_url=settings.prefect_url, trust_env=False, timeout=30)


def _work_pool_url(settings: SandboxSettings) -> str:
    return f"{client_variables(settings)['PREFECT_API_URL']}/work_pools/{WORK_POOL}"
