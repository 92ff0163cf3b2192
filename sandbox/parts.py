"""What a sandbox is made of, one object each: something that starts, says whether it is well, and stops.

A part runs in the supervisor itself (`ServedHere`) or as a child process (`Child`). The order of the parts
is the supervisor's business.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from models.errors import SetUpError
from sandbox.neo4j.process import start_child
from sandbox.record import ProcessId
from sandbox.settings import PROJECT

STOP_SECONDS = 8
"""How long a child may take to stop after SIGTERM, before it is killed."""

_QUESTION_SECONDS = 2


class Part(Protocol):
    """One part of the sandbox."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def address(self) -> str:
        """Where it is reached."""

    @property
    def health_url(self) -> str:
        """A URL that answers 200 while it is well."""

    def start(self) -> None:
        """Start it; it may take a while until it is well. Raises SetUpError when it cannot start."""

    def stop(self) -> None:
        """Stop it and everything it started."""

    def process(self) -> ProcessId | None:
        """The process it runs in; None when that has ended."""

    def lost(self) -> bool:
        """Whether what it ran on is gone, so that it cannot be started again."""


@dataclass
class ServedHere:
    """A part that the supervisor serves itself."""

    name: str
    address: str
    health_url: str
    start: Callable[[], None]
    stop: Callable[[], None]

    def process(self) -> ProcessId | None:
        """The supervisor."""
        return ProcessId.of(os.getpid())

    def lost(self) -> bool:
        """Not while anybody can ask."""
        return False


@dataclass
class Child:
    """A part that is a program of its own; its output goes to `log`.

    `home` is the folder that stands for its machine: to remove it is to lose that.
    """

    name: str
    address: str
    health_url: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    home: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start the program, which the kernel ends should the supervisor die."""
        self._process = start_child(self.command, env=self.env, cwd=PROJECT, log=self.log)

    def stop(self) -> None:
        """Ask the program to stop, and kill it when it takes too long."""
        if self._process is None:
            return
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def process(self) -> ProcessId | None:
        """The program's process; None when it has ended or was never started."""
        if self._process is None or self._process.poll() is not None:
            return None
        return ProcessId.of(self._process.pid)

    def lost(self) -> bool:
        """Whether its home is gone."""
        return self.home is not None and not self.home.exists()


def is_healthy(health_url: str) -> bool:
    """Whether the URL answers 200 now; of `tcp://` ones, whether anybody listens there."""
    address = urlsplit(health_url)
    if address.scheme == "tcp":
        with socket.socket() as probe:
            probe.settimeout(_QUESTION_SECONDS)
            return probe.connect_ex((address.hostname, address.port)) == 0
    try:
        with httpx.Client(trust_env=False, timeout=_QUESTION_SECONDS) as client:
            return client.get(health_url).status_code == 200
    except httpx.HTTPError:
        return False


def wait_until_healthy(
    part: Part,
    *,
    within: float,
    halted: Callable[[], bool],
    healthy: Callable[[], bool] | None = None,
) -> None:
    """Return once the part is well.

    Raises SetUpError when it ended meanwhile, is not well after `within` seconds, or `halted` says that
    nobody waits any more.
    """
    deadline = time.monotonic() + within
    ask = healthy or (lambda: is_healthy(part.health_url))
    while not ask():
        if halted():
            raise SetUpError("The sandbox was stopped while it started.", next_step="credex sandbox up")
        if part.process() is None:
            raise SetUpError(f"{part.name} ended while it started.", next_step=_read_log(part))
        if time.monotonic() > deadline:
            raise SetUpError(f"{part.name} did not answer within {within:.0f} s.", next_step=_read_log(part))
        time.sleep(0.1)


def _read_log(part: Part) -> str:
    return f"Read {part.log}." if isinstance(part, Child) else "Read logs/supervisor.log in the home folder."
