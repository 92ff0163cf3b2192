"""The record of a sandbox on disk: which processes it is made of, what they serve, and how far they are.

Written by the supervisor alone. A process is known by pid and start time together, so that a pid that was
given to another program is never taken for ours.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Self

import psutil
from pydantic import BaseModel, ValidationError

from sandbox.settings import SandboxSettings


class ProcessId(BaseModel):
    """One process, told apart from a later one with the same pid by when it started (seconds, Unix time)."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Self:
        """Identify a process that runs now; raises psutil.NoSuchProcess when it does not."""
        return cls(pid=pid, started=psutil.Process(pid).create_time())

    def process(self) -> psutil.Process | None:
        """The process, or None when it has ended (a zombie has)."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 0.01
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process() is not None


class State(StrEnum):
    """How far a part, or the whole sandbox, has come."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


class PartRecord(BaseModel):
    """One part: its process, its address, a URL that answers 200 while it is healthy, and its restarts.

    `seconds` are those from the supervisor's start until the part was ready.
    """

    name: str
    address: str
    health_url: str
    process: ProcessId | None = None
    state: State = State.STARTING
    seconds: float = 0
    restarts: int = 0


class Failure(BaseModel):
    """Why a start failed, and the way out."""

    problem: str
    next_step: str


class Record(BaseModel):
    """One start of a sandbox. `mark` is in the environment of every process that belongs to it."""

    settings: SandboxSettings
    mark: str
    guardian: ProcessId
    supervisor: ProcessId
    state: State = State.STARTING
    parts: list[PartRecord] = []
    failure: Failure | None = None

    def alive(self) -> bool:
        """Whether the sandbox runs: its supervisor does."""
        return self.supervisor.alive()

    def write(self) -> None:
        """Put the record in place as a whole, so that no reader ever sees half of it."""
        path = _path(self.settings.home)
        draft = path.with_suffix(".draft")
        draft.write_text(self.model_dump_json(indent=2))
        draft.replace(path)


def read_record(home: Path) -> Record | None:
    """The record of the last start in this home folder; None when there is none, or none that can be read."""
    try:
        return Record.model_validate_json(_path(home).read_text())
    except (FileNotFoundError, ValidationError):
        return None


def remove_record(home: Path) -> None:
    """Forget the last start."""
    _path(home).unlink(missing_ok=True)


def _path(home: Path) -> Path:
    return home / "supervisor.json"
