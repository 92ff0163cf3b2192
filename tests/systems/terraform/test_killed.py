"""Killed in the middle of an apply: the lock is released, or provably ours and removed; nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from models.errors import StateLocked
from models.log import Apply
from systems.terraform.orphan import is_gone, is_ours, lock_verdict, this_process_apply
from tests.systems.terraform.conftest import Stack

pytestmark = pytest.mark.sandbox

SLOW = """
resource "terraform_data" "first" {
  input = "done before the kill"
}
resource "terraform_data" "second" {
  input = terraform_data.first.id
  provisioner "local-exec" { command = "exec sleep 60" }
}
"""

PROGRAM = """
import json, sys
from pathlib import Path
from systems.terraform.binary import find_terraform
from systems.terraform.runner import Terraform

root, data, plan, pid, environment = sys.argv[1:]
terraform = Terraform(
    find_terraform(), Path(root), data_dir=Path(data), environment=json.loads(environment), on_line=print
)
terraform.apply(Path(plan), 0, lambda number: Path(pid).write_text(str(number)) and None)
"""


class Run:
    """A run in a process of its own, in the middle of an apply."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        stack.write(SLOW)
        self.terraform = stack.ready()
        self.terraform.plan([], stack.plan_file, 0)
        self.since = datetime.now(UTC)
        self._pid_file = folder / "pid"
        environment = json.dumps(self.terraform._environment)
        files = [str(path) for path in (stack.root, stack.data_dir, stack.plan_file, self._pid_file)]
        self.process = subprocess.Popen(
            [sys.executable, "-uc", PROGRAM, *files, environment], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "terraform_data.second: creating" in line:
                break
        self.apply = this_process_apply(int(self._pid_file.read_text(encoding="ascii")))

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        self.process.kill()
        self.process.communicate()

    def wait_until_terraform_is_gone(self, seconds: float) -> None:
        """Terraform may take a moment to finish what it had begun."""
        deadline = time.monotonic() + seconds
        while not is_gone(self.apply):
            assert time.monotonic() < deadline, "Terraform outlived its run"
            time.sleep(0.05)


def test_a_killed_run_lets_terraform_save_its_state_and_release_the_lock(
    stack: Stack, tmp_path: Path
) -> None:
    """Kill -9 of the run: what was done is in the state, the rest is planned without any lock in the way."""
    run = Run(stack, tmp_path)
    run.kill()
    run.wait_until_terraform_is_gone(30)
    assert run.terraform.plan([], tmp_path / "rest", 0).has_changes
    changes = run.terraform.show(tmp_path / "rest")["resource_changes"]
    assert isinstance(changes, list)
    todo = {change["address"]: change["change"]["actions"] for change in changes}
    assert todo["terraform_data.first"] == ["no-op"]
    assert "create" in todo["terraform_data.second"]


def test_a_lock_that_a_killed_terraform_left_is_proven_ours_and_removed(stack: Stack, tmp_path: Path) -> None:
    """Kill -9 of both: the lock stays, and goes only on proof."""
    run = Run(stack, tmp_path)
    os.kill(run.apply.pid, signal.SIGSTOP)  # so that it cannot end gracefully first
    run.kill()
    with pytest.raises(StateLocked) as while_it_lives:
        run.terraform.plan([], tmp_path / "rest", 0)
    assert not is_ours(while_it_lives.value, run.since, run.apply)
    os.kill(run.apply.pid, signal.SIGKILL)
    run.wait_until_terraform_is_gone(10)
    with pytest.raises(StateLocked) as left:
        run.terraform.plan([], tmp_path / "rest", 0)
    _assert_ours_once_no_other_terraform_may_hold_it(left.value, run.since, run.apply)
    run.terraform.force_unlock(left.value.lock_id)
    assert run.terraform.plan([], tmp_path / "rest", 0).has_changes


def _assert_ours_once_no_other_terraform_may_hold_it(
    lock: StateLocked, since: datetime, apply: Apply
) -> None:
    """Another Terraform on this machine, begun earlier, is rightly suspected: wait for it to end."""
    deadline = time.monotonic() + 200
    while not (verdict := lock_verdict(lock, since, apply)).ours_and_gone:
        assert "still running on this machine" in verdict.reason
        assert time.monotonic() < deadline, verdict.reason
        time.sleep(1)
    stranger = apply.model_copy(update={"terraform_user": "ann@laptop"})
    assert not is_ours(lock, since, stranger)


def test_a_cancelled_run_that_is_killed_a_moment_later_interrupts_terraform_only_once(
    stack: Stack, tmp_path: Path
) -> None:
    """A second interrupt would make Terraform give up at once, with the lock in an unknown state."""
    run = Run(stack, tmp_path)
    run.process.send_signal(signal.SIGINT)
    run.kill()
    run.wait_until_terraform_is_gone(30)
    assert run.terraform.plan([], tmp_path / "rest", 0).has_changes


def test_nothing_is_left_running_after_a_killed_run(stack: Stack, tmp_path: Path) -> None:
    """Neither the guardian nor Terraform nor what Terraform started."""
    run = Run(stack, tmp_path)
    family = psutil.Process(run.process.pid).children(recursive=True)
    assert len(family) >= 3  # the guardian, Terraform, and the command of the provisioner
    run.kill()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
