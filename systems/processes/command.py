"""Runs one program: streams its lines, keeps to a deadline, and survives the death of the run.

What comes back is raw output; what it means is read elsewhere.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from models.errors import DeployError, SetUpError
from systems.processes import guardian

GRACE_SECONDS = 300.0
"""How long an interrupted program may take to finish the operation at hand and release its lock."""

_FORCED_EXIT_SECONDS = 15.0
"""Terraform itself gives an operation five seconds at the second interrupt, then saves the state."""

_LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Finished:
    """A command that ended by itself. Either output may hold secrets: show neither as it is."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Command:
    """One command line, where it runs and with which variables, and how long it may take.

    One that `outlives` goes on to its end when the run that started it is killed. `program` is what people
    call it, and `failure` what is raised when the time is over.
    """

    arguments: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    timeout_seconds: float
    program: str
    failure: type[DeployError]
    grace_seconds: float = GRACE_SECONDS
    outlives: bool = False


def ignore(_: object) -> None:
    """Nobody wants to know."""


def run(
    command: Command,
    on_line: Callable[[str], None] = ignore,
    on_start: Callable[[int], None] = ignore,
) -> Finished:
    """Run to the end and return what came out; `on_line` gets each line of stdout as soon as it is written.

    `on_start` gets the program's process id. Whatever interrupts this call, `on_line` included, interrupts
    the program once and waits for it. Raises its `failure` when the time is over, SetUpError when it cannot
    be started.
    """
    with _memory() as stdout, _memory() as stderr:
        process = _start(command, stdout, stderr, on_start)
        try:
            _follow(process, _Lines(stdout), on_line, command)
        except BaseException:
            _stop(process, command.grace_seconds)
            raise
        code = process.returncode
        return Finished(code, _text(stdout), _text(stderr))


@contextmanager
def _memory() -> Iterator[BinaryIO]:
    """A nameless file for the child to write to.

    A pipe would do until the run is killed: the program's next line would then end it by SIGPIPE, with the
    state unsaved and the lock held. In memory where the system can, because a state may pass through it.
    """
    if hasattr(os, "memfd_create"):
        with open(os.memfd_create("output", os.MFD_CLOEXEC), "w+b", buffering=0) as file:  # noqa: PTH123
            yield file
    else:
        with tempfile.TemporaryFile(buffering=0) as file:
            yield file


def _start(
    command: Command, stdout: BinaryIO, stderr: BinaryIO, on_start: Callable[[int], None]
) -> subprocess.Popen[bytes]:
    """Start the guardian in a process group of its own, or a Ctrl-C would reach the program a second time."""
    reading, writing = os.pipe()
    mode = guardian.OUTLIVES if command.outlives else guardian.ENDS
    with open(reading, "rb") as report:  # noqa: PTH123 (a descriptor, not a path)
        try:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", guardian.__file__, str(os.getpid()), str(writing), mode),
                    *command.arguments,
                ],
                cwd=command.directory,
                env=dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(writing,),
                start_new_session=True,
            )
        except OSError as error:
            raise SetUpError(
                f"{command.program} could not be started in {command.directory}: {error.strerror}.",
                next_step="Check that this folder exists and may be entered.",
            ) from error
        finally:
            os.close(writing)
        try:
            pid = report.readline()
            if pid.strip():
                on_start(int(pid))
        except BaseException:
            _stop(process, command.grace_seconds)
            raise
    return process


class _Lines:
    """Whole lines of a file that somebody else is still writing to."""

    def __init__(self, file: BinaryIO) -> None:
        self._descriptor = file.fileno()
        self._position = 0
        self._rest = b""

    def new(self) -> list[str]:
        """The lines completed since the last call."""
        while part := os.pread(self._descriptor, 1 << 16, self._position):
            self._position += len(part)
            self._rest += part
        *whole, self._rest = self._rest.split(b"\n")
        return [line.decode(errors="replace") for line in whole]


def _follow(
    process: subprocess.Popen[bytes], lines: _Lines, on_line: Callable[[str], None], command: Command
) -> None:
    deadline = time.monotonic() + command.timeout_seconds
    ended = False
    while not ended:
        try:
            process.wait(_LOOK_EVERY_SECONDS)
            ended = True
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                seconds = f"{command.timeout_seconds:.0f} s"
                raise command.failure(
                    f"{command.program} did not end within {seconds} and was interrupted.",
                    next_step="See what it waited for in the lines above, and start the deployment again.",
                ) from None
        for line in lines.new():
            on_line(line)


def _stop(process: subprocess.Popen[bytes], grace_seconds: float) -> None:
    """Interrupt once and wait.

    After the grace the guardian is killed, which interrupts the program a second time: Terraform then gives
    up at once but still saves its state. What is left after that is killed.
    """
    process.send_signal(signal.SIGINT)
    try:
        process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    deadline = time.monotonic() + _FORCED_EXIT_SECONDS
    while _group_lives(process.pid) and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
    if _group_lives(process.pid):
        os.killpg(process.pid, signal.SIGKILL)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
