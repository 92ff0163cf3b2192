"""No task outlives the sandbox, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.aws.ecs.mends import MENDS as ECS_MENDS
from sandbox.aws.ecs.reconciler import EcsScheduler
from sandbox.aws.load_balancer.mends import MENDS as LOAD_BALANCER_MENDS
from sandbox.aws.load_balancer.reconciler import LoadBalancers
from sandbox.aws.server import LocalAws
from tests.sandbox.ecs.conftest import PACE
from tests.sandbox.ecs.environment import make_environment
from tests.sandbox.ecs.network import reserved_network
from tests.sandbox.ecs.processes import task_processes
from tests.sandbox.ecs.waiting import wait_for

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive]


def start_with_a_task(folder: Path, network: str) -> LocalAws:
    """Start a local AWS with one running task."""
    mends = (*ECS_MENDS, *LOAD_BALANCER_MENDS)
    aws = LocalAws(0, mends=mends, reconcilers=(EcsScheduler(folder, PACE), LoadBalancers(PACE)))
    aws.start()
    environment = make_environment(aws.url, network)
    environment.create_service(environment.task_definition(environment.push()))
    environment.wait_until_steady()
    return aws


def test_stopping_the_sandbox_stops_its_tasks(tmp_path: Path) -> None:
    """They end by SIGTERM and leave neither a process nor an open port."""
    with reserved_network() as network:
        aws = start_with_a_task(tmp_path, network)
        processes = task_processes()
        assert len(processes) == 1
        aws.stop()
        assert not any(process.is_running() for process in processes)


def test_killing_the_sandbox_kills_its_tasks(tmp_path: Path) -> None:
    """The kernel does it: nobody is left to stop them."""
    command = [sys.executable, "-m", "tests.sandbox.ecs.test_end", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        process = psutil.Process(int(sandbox.stdout.readline()))
        sandbox.send_signal(signal.SIGKILL)
        wait_for("the end of the task", lambda: not process.is_running(), within=10)


if __name__ == "__main__":
    with reserved_network() as network_of_main:
        start_with_a_task(Path(sys.argv[1]), network_of_main)
        print(task_processes()[0].pid, flush=True)
        signal.pause()
