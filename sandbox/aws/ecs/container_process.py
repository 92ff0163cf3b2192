"""A container as a process: the stand-in application, with the container's environment, at its address."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from sandbox.aws.ecs.container import Container
from sandbox.aws.ecs.log_streams import LogCarrier
from sandbox.neo4j.process import start_child

_PACKAGES = Path(__file__).resolve().parents[3]
"""Where the `sandbox` package is imported from."""


class ContainerProcess:
    """A started container; it dies with this process, and its output goes to `log`."""

    def __init__(self, container: Container, address: str, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
        self._carrier = LogCarrier(log, container.log_stream) if container.log_stream else None
        self._stop_seconds = container.stop_seconds
        self._kill_at: float | None = None
        self._process: subprocess.Popen[bytes] = start_child(
            [sys.executable, "-m", "sandbox.application"],
            env={**_machine_environment(), **container.environment, "HOST": address},
            cwd=log.parent,
            log=log,
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def poll(self) -> int | None:
        """Tell the exit code of a container that has ended, as Docker would; None while it runs.

        Also carries its output on, and kills it when the time it was given to stop is over.
        """
        ended = self._process.poll()
        if self._carrier is not None:
            self._carrier.carry()
        if ended is None and self._kill_at is not None and time.monotonic() >= self._kill_at:
            self._process.kill()
        return ended if ended is None or ended >= 0 else 128 - ended

    def stop(self) -> None:
        """Ask the container to stop (SIGTERM); `poll` kills it once its stop timeout is over."""
        if self._kill_at is None:
            self._kill_at = time.monotonic() + self._stop_seconds
            self._process.terminate()

    def end(self, within: float) -> None:
        """Wait that many seconds for a container that was asked to stop, then kill it."""
        try:
            self._process.wait(max(0.0, within))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _machine_environment() -> dict[str, str]:
    """Name what a container has of its own; nothing of the sandbox's environment is passed on."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(_PACKAGES),
        "PYTHONUNBUFFERED": "1",
        "LC_ALL": "C.UTF-8",
    }
