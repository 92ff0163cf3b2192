"""A lock is removed only if it is proven to be ours and its holder gone."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from models.errors import StateLocked
from models.log import Apply
from systems.terraform import orphan
from systems.terraform.orphan import Machine, is_gone, is_here, judge, lock_created, this_process_apply

STARTED = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
OURS = Apply(host="worker", boot_id="boot", pid=7, process_started=1.0, terraform_user="deploy@worker")
HERE = Machine(host="worker", boot_id="boot", terraform_starts=[])
CONTAINED = OURS.model_copy(update={"namespace": "pid:[1]"})
KNOWN = OURS.model_copy(update={"machine_id": "machine"})
REBOOTED = Machine("worker", "next boot", [], machine_id="machine", booted_at=STARTED.timestamp() + 60)


def _lock(who: str = "deploy@worker", after_seconds: float = 5) -> StateLocked:
    created = f"{STARTED + timedelta(seconds=after_seconds):%Y-%m-%d %H:%M:%S}.436010661 +0000 UTC"
    return StateLocked("Locked.", next_step="Wait.", lock_id="1", who=who, created=created)


def test_a_lock_of_our_apply_whose_process_is_gone_is_ours() -> None:
    """Same user, same boot of the same machine, after our start, and no Terraform left that may hold it."""
    assert judge(_lock(), STARTED, OURS, HERE).ours_and_gone


def test_a_container_knows_its_own_processes() -> None:
    """One that was continued in the container where it was killed."""
    assert judge(_lock(), STARTED, CONTAINED, replace(HERE, namespace="pid:[1]")).ours_and_gone


def test_a_terraform_that_began_after_the_lock_does_not_hold_it() -> None:
    """Another environment's run on the same machine is no reason to leave the lock."""
    later = Machine("worker", "boot", [STARTED.timestamp() + 60])
    assert judge(_lock(), STARTED, OURS, later).ours_and_gone


def test_what_ran_before_the_machine_was_started_anew_is_gone() -> None:
    """A reboot ends every process: the same machine, started after the lock was taken."""
    assert judge(_lock(), STARTED, KNOWN, REBOOTED).ours_and_gone


@pytest.mark.parametrize(
    ("lock", "apply", "machine", "reason"),
    [
        (_lock(who="ann@laptop"), OURS, HERE, "taken by ann@laptop"),
        (_lock(after_seconds=-60), OURS, HERE, "older than our apply"),
        (_lock(), None, HERE, "records no apply"),
        (_lock(), OURS, Machine("other", "boot", []), "cannot be seen here"),
        (_lock(), OURS, Machine("worker", "next boot", []), "cannot be seen here"),
        (_lock(), CONTAINED, replace(HERE, namespace="pid:[2]"), "cannot be seen here"),
        (_lock(), CONTAINED, HERE, "cannot be seen here"),
        (_lock(), OURS, replace(HERE, namespace="pid:[1]"), "cannot be seen here"),
        (_lock(), OURS, REBOOTED, "cannot be seen here"),
        (_lock(), KNOWN, replace(REBOOTED, machine_id="another"), "cannot be seen here"),
        (_lock(), KNOWN, replace(REBOOTED, machine_id=""), "cannot be seen here"),
        (_lock(), KNOWN, replace(REBOOTED, host="other"), "cannot be seen here"),
        (_lock(after_seconds=120), KNOWN, REBOOTED, "cannot be seen here"),
        (_lock(), KNOWN, replace(REBOOTED, terraform_starts=[STARTED.timestamp()]), "still running"),
        (_lock(), OURS, Machine("worker", "boot", [STARTED.timestamp()]), "still running"),
        (
            StateLocked("x", next_step="y", lock_id="1", who="deploy@worker", created="yesterday"),
            OURS,
            HERE,
            "older than our apply",
        ),
    ],
)
def test_in_doubt_a_lock_is_somebody_elses(
    lock: StateLocked, apply: Apply | None, machine: Machine, reason: str
) -> None:
    """Each missing proof is named."""
    verdict = judge(lock, STARTED, apply, machine)
    assert not verdict.ours_and_gone
    assert reason in verdict.reason


def test_the_time_of_a_lock_is_read_to_the_fraction() -> None:
    """Terraform writes it in Go's default format."""
    created = lock_created(_lock())
    assert created is not None
    assert created - STARTED == timedelta(seconds=5, microseconds=436011)


def test_a_living_process_is_not_gone() -> None:
    """This very process, as the log would record it."""
    apply = this_process_apply(os.getpid())
    assert not is_gone(apply)
    assert apply.terraform_user.endswith(f"@{apply.host}")


def test_a_process_is_gone_when_it_ended_or_its_id_is_another_ones() -> None:
    """A reused process id does not keep a dead process alive, nor does a zombie."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    apply = this_process_apply(child.pid)
    earlier = apply.model_copy(update={"process_started": apply.process_started - 60})
    assert is_gone(earlier)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(apply)
    child.communicate()
    assert is_gone(apply)


def test_a_process_of_an_earlier_boot_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this machine's, and started before it was: a copy may have the machine's name and its id."""
    monkeypatch.setattr(orphan, "_machine_id", lambda: "machine")
    alive = this_process_apply(os.getpid()).model_copy(update={"boot_id": "an earlier one"})
    assert not is_gone(alive)
    before = alive.model_copy(update={"process_started": psutil.boot_time() - 60})
    assert is_gone(before)
    assert not is_gone(before.model_copy(update={"machine_id": "another"}))


@pytest.mark.parametrize("other", [{"host": "elsewhere"}, {"namespace": "pid:[1]"}, {"boot_id": "another"}])
def test_nothing_is_known_of_another_machines_processes(
    other: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So they are not gone, though no process here has their id; nor are another container's."""
    monkeypatch.setattr(orphan, "_machine_id", lambda: "")
    child = subprocess.Popen([sys.executable, "-c", ""])
    apply = this_process_apply(child.pid)
    child.wait()
    assert is_gone(apply)
    there = apply.model_copy(update=other)
    assert not is_gone(there)
    assert not is_here(there)
