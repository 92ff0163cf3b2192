"""Starts the application as its container's command does."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.sandbox.ecs.waiting import wait_for

_numbers = itertools.count(1)


@dataclass
class Running:
    """A started application: its process, and a client of it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client

    def answers(self) -> bool:
        """Tell whether it listens."""
        try:
            self.client.get("/health", headers={"User-Agent": "ELB-HealthChecker/2.0"})
        except httpx.ConnectError:
            return False
        return True


@contextmanager
def application(variables: Mapping[str, str], port: int = 5000) -> Iterator[Running]:
    """Start it on an address of its own, and kill it at the end; it may not listen yet."""
    pid = os.getpid()
    address = f"127.{240 + next(_numbers) % 10}.{pid // 250 % 250 + 1}.{pid % 250 + 1}"
    environment = {"PATH": os.environ["PATH"], "HOST": address, **variables}
    command = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", "sandbox.application"]
    process = subprocess.Popen(command, env=environment)
    with httpx.Client(base_url=f"http://{address}:{port}", timeout=20, verify=False) as client:  # noqa: S501
        yield Running(process, client)
    process.kill()
    process.wait()


@contextmanager
def answering_application(variables: Mapping[str, str], port: int = 5000) -> Iterator[Running]:
    """Start it and wait until it listens."""
    with application(variables, port) as running:
        wait_for("a listening application", running.answers)
        yield running
