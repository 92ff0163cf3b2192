"""The record tells our processes from everybody else's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from sandbox.record import ProcessId, Record, read_record
from sandbox.settings import SandboxSettings


def test_a_running_process_is_alive() -> None:
    assert ProcessId.of(os.getpid()).alive()


def test_a_pid_given_to_another_program_is_not_our_process() -> None:
    ours = ProcessId.of(os.getpid())
    earlier = ProcessId(pid=ours.pid, started=ours.started - 3600)
    assert not earlier.alive()


def test_a_zombie_has_ended() -> None:
    child = subprocess.Popen(["sleep", "60"])
    identity = ProcessId.of(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not identity.alive()
    child.wait()


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    own = ProcessId.of(os.getpid())
    record = Record(settings=SandboxSettings(home=tmp_path), mark="m", guardian=own, supervisor=own)
    record.write()
    assert read_record(tmp_path) == record


def test_a_damaged_record_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "supervisor.json").write_text('{"settings": {')
    assert read_record(tmp_path) is None
