"""Up, down and reset, as the command line and the tests call them: from outside the sandbox's processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from models.errors import SetUpError
from sandbox.leftovers import end_processes
from sandbox.ports import check_ports
from sandbox.prefect.database import check_programs
from sandbox.record import PartRecord, ProcessId, Record, State, read_record, remove_record
from sandbox.settings import PROJECT, Profile, SandboxSettings

UP_SECONDS = 600
DOWN_SECONDS = 40
"""Longer than the guardian's patience with the supervisor, so that it is the guardian who clears up."""

_LOOK_SECONDS = 0.1

Tell = Callable[[PartRecord], None]
"""Called once for each part, when it is ready."""


def up(settings: SandboxSettings, tell: Tell) -> Record:
    """Start the sandbox in the background and return once all parts answer.

    Raises SetUpError when it runs already, when a port is taken or a team's database is not installed
    (nothing is started then), or when a part does not start (all is stopped again then).
    """
    earlier = read_record(settings.home)
    if earlier is not None:
        _settle(earlier)
    check_ports(settings.ports())
    if settings.profile is Profile.TEAM:
        check_programs()
    guardian = _start_guardian(settings)
    try:
        return _follow(guardian, settings, tell)
    except BaseException:
        guardian.terminate()
        guardian.wait(DOWN_SECONDS)
        raise


def _settle(earlier: Record) -> None:
    """Refuse beside a sandbox that runs; clear up after one that does not."""
    if earlier.alive():
        raise SetUpError(
            f"The sandbox in {earlier.settings.home} is {_said(earlier)} "
            f"(process {earlier.supervisor.pid}, Prefect at {earlier.settings.prefect_url}).",
            next_step="See credex sandbox status; stop it with credex sandbox down.",
        )
    _wait_for_end(earlier.guardian)
    end_processes(earlier.mark)
    remove_record(earlier.settings.home)


def _said(record: Record) -> str:
    return "still starting" if record.state is State.STARTING else "already running"


def _start_guardian(settings: SandboxSettings) -> subprocess.Popen[bytes]:
    settings.logs.mkdir(parents=True, exist_ok=True)
    file = settings.home / "settings.json"
    file.write_text(settings.model_dump_json(indent=2))
    ending = ["setpriv", "--pdeathsig", "TERM", "--"] if settings.ends_with_starter else []
    with (settings.logs / "supervisor.log").open("ab") as output:
        return subprocess.Popen(
            [*ending, sys.executable, "-m", "sandbox.guardian", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )


def _follow(guardian: subprocess.Popen[bytes], settings: SandboxSettings, tell: Tell) -> Record:
    told: set[str] = set()
    for record in _records(guardian, settings):
        for part in record.parts:
            if part.state is State.READY and part.name not in told:
                told.add(part.name)
                tell(part)
        if record.failure is not None:
            raise SetUpError(record.failure.problem, next_step=record.failure.next_step)
        if record.state is State.READY:
            return record
    raise SetUpError(
        "The sandbox ended while it started.", next_step=f"Read {settings.logs / 'supervisor.log'}."
    )


def _records(guardian: subprocess.Popen[bytes], settings: SandboxSettings) -> Iterator[Record]:
    """The record of this start, again and again, until the guardian ends or time is up."""
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        ended = guardian.poll() is not None
        record = read_record(settings.home)
        if record is not None and record.guardian.pid == guardian.pid:
            yield record
        if ended:
            return
        time.sleep(_LOOK_SECONDS)


def down(settings: SandboxSettings) -> bool:
    """Stop the sandbox of this home folder, its state kept; returns False when none was running.

    Raises SetUpError for processes that even a kill does not end.
    """
    record = read_record(settings.home)
    if record is None:
        return False
    ran = record.alive()
    if guardian := record.guardian.process():
        guardian.terminate()
    elif supervisor := record.supervisor.process():
        supervisor.terminate()
    _wait_for_end(record.guardian)
    _wait_for_end(record.supervisor)
    end_processes(record.mark)
    remove_record(settings.home)
    return ran


def _wait_for_end(process_id: ProcessId) -> None:
    deadline = time.monotonic() + DOWN_SECONDS
    while process := process_id.process():
        if time.monotonic() > deadline:
            process.kill()
            process.wait(5)
            return
        time.sleep(_LOOK_SECONDS)


def reset(settings: SandboxSettings) -> None:
    """Stop the sandbox and remove its state.

    Raises SetUpError for a home folder that holds anything but a sandbox.
    """
    home = settings.home
    if not home.exists():
        return
    if not (home / "settings.json").exists() and any(home.iterdir()):
        raise SetUpError(
            f"{home} does not look like a sandbox's home folder, so it is left alone.",
            next_step="Correct CREDEX_SANDBOX_HOME, or remove the folder yourself.",
        )
    down(settings)
    shutil.rmtree(home)
