"""Killed in the middle of an apply: Terraform finishes it, or its lock is provably ours and removed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from models.errors import StateLocked
from models.log import Apply
from systems.terraform.orphan import is_gone, is_ours, lock_verdict, this_process_apply
from systems.waiting import Pace, wait_for
from tests.systems.terraform.conftest import Stack

pytestmark = pytest.mark.sandbox

SLOW = """
resource "terraform_data" "first" {
  input = "done before the kill"
}
resource "terraform_data" "second" {
  input = terraform_data.first.id
  provisioner "local-exec" { command = "until test -e GO; do sleep 0.1; done" }
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

LOOKING = """
from functools import partial
from pathlib import Path
from models.errors import SetUpError
from systems.processes.command import Command, run

run(
    Command(["sleep", "600"], Path.cwd(), {}, 600, "sleep", SetUpError),
    on_start=partial(print, flush=True),
)
"""


class Run:
    """A run in a process of its own, in the middle of an apply."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._go = folder / "go"
        stack.write(SLOW.replace("GO", str(self._go)))
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
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def let_terraform_finish(self) -> None:
        """The resource that it waits for is ready now."""
        self._go.touch()
        self.wait_until_terraform_is_gone(60)

    def wait_until_terraform_is_gone(self, seconds: float) -> None:
        """Terraform may take a moment to finish what it had begun."""
        deadline = time.monotonic() + seconds
        while not is_gone(self.apply):
            assert time.monotonic() < deadline, "Terraform outlived its run"
            time.sleep(0.05)


@pytest.fixture
def run(stack: Stack, tmp_path: Path) -> Iterator[Run]:
    """A run in the middle of its apply; nothing of it outlives the test."""
    run = Run(stack, tmp_path)
    yield run
    run.kill()
    run.let_terraform_finish()


def test_terraform_applies_the_plan_of_a_killed_run_to_its_end(run: Run, tmp_path: Path) -> None:
    """Kill -9 of the run: interrupted, Terraform would forget what AWS makes of requests on their way."""
    run.kill()
    run.let_terraform_finish()
    assert not run.terraform.plan([], tmp_path / "rest", 0).has_changes


def test_what_only_looks_ends_with_its_run() -> None:
    """Nobody is there any more to read a plan's answer."""
    watching = subprocess.Popen([sys.executable, "-c", LOOKING], stdout=subprocess.PIPE, text=True)
    assert watching.stdout is not None
    looking = psutil.Process(int(watching.stdout.readline()))
    watching.kill()
    watching.communicate()
    assert psutil.wait_procs([looking], timeout=30)[1] == []


def test_a_lock_that_a_killed_terraform_left_is_proven_ours_and_removed(run: Run, tmp_path: Path) -> None:
    """Kill -9 of both: the lock stays, and goes only on proof."""
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


def test_a_cancelled_run_whose_machine_stops_a_moment_later_interrupts_terraform_only_once(
    run: Run, tmp_path: Path
) -> None:
    """A second interrupt would make Terraform give up at once, with the lock in an unknown state."""
    guardian = psutil.Process(run.apply.pid).parent()
    assert guardian is not None
    guardian.send_signal(signal.SIGINT)  # as the cancelled run does
    guardian.send_signal(signal.SIGTERM)  # as the system does to everybody
    run.kill()
    run.wait_until_terraform_is_gone(60)
    assert run.terraform.plan([], tmp_path / "rest", 0).has_changes


def test_nothing_is_left_running_after_a_killed_run(run: Run) -> None:
    """Neither the guardian nor Terraform nor what Terraform started."""
    family = wait_for(lambda: _family_of(run), Pace(60, 0.05))
    assert family, "the provisioner's command does not start"
    run.kill()
    run.let_terraform_finish()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []


def _family_of(run: Run) -> list[psutil.Process] | None:
    """The guardian, Terraform, and the command of the provisioner, once all are there."""
    family = psutil.Process(run.process.pid).children(recursive=True)
    return family if len(family) >= 3 else None
