"""Going on with an apply that was killed: a lock that somebody holds is waited for, and not for ever."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.logging import disable_run_logger

from models.errors import StateLocked
from models.log import Apply, Event, Record
from systems.terraform.orphan import this_machine, this_process_apply
from systems.terraform.runner import PlanResult, Terraform
from tasks import continuing
from tasks.continuing import ORPHAN_WAIT_SECONDS, plan_with_lock
from tests.systems.ticking import Clock
from tests.tasks.test_applying import a_change

STARTED = datetime.now(UTC)
LATER = f"{STARTED + timedelta(minutes=1):%Y-%m-%d %H:%M:%S}.5 +0000 UTC"
ANN = "ann@laptop"


class Locked(Terraform):
    """A Terraform whose state is locked until so many seconds of the clock have passed."""

    def __init__(self, clock: Clock, until: float, who: str) -> None:
        self._clock, self._until, self._who = clock, until, who
        self.planned_at: list[float] = []
        self.unlocked: list[str] = []

    def plan(self, *_: object, **__: object) -> PlanResult:
        """Raises what the real one makes of Terraform's words."""
        if self._clock.now < self._until and not self.unlocked:
            problem = f"Terraform's state is locked by {self._who} since {LATER} for apply (lock 1)."
            next_step = "Only if its process is surely gone: `terraform force-unlock 1`."
            raise StateLocked(problem, next_step=next_step, lock_id="1", who=self._who, created=LATER)
        self.planned_at.append(self._clock.now)
        return PlanResult(has_changes=True)

    def force_unlock(self, lock_id: str) -> None:
        """Note whose lock was removed."""
        self.unlocked.append(lock_id)


@pytest.fixture(autouse=True)
def _own_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDEX_WORK_DIR", str(tmp_path))


def go_on(terraform: Locked, clock: Clock, apply: Apply) -> None:
    """As a later attempt of the run whose apply that was."""
    entry = a_change("a-run").entry(Event.STARTED, apply=apply)
    record = Record(number=1, written_at=STARTED, previous_hash="0" * 64, entry=entry)
    with disable_run_logger():
        pace = clock.pace(ORPHAN_WAIT_SECONDS, 10)
        plan_with_lock(terraform, Path("x.tfvars.json"), Path("rest.tfplan"), record, pace)


def test_a_lock_that_goes_away_is_waited_for() -> None:
    """Such as another machine's Terraform, which applies this run's own plan to its end."""
    clock = Clock()
    terraform = Locked(clock, until=1800, who=ANN)
    go_on(terraform, clock, this_process_apply(os.getpid()))
    assert terraform.planned_at == [1800]
    assert terraform.unlocked == []


def test_a_lock_that_stays_ends_the_run_and_names_its_holder() -> None:
    """After an hour, in one sentence, with the way out; nobody's lock is removed."""
    clock = Clock()
    terraform = Locked(clock, until=2 * ORPHAN_WAIT_SECONDS, who=ANN)
    with pytest.raises(StateLocked) as refused:
        go_on(terraform, clock, this_process_apply(os.getpid()))
    assert clock.now == ORPHAN_WAIT_SECONDS
    problem = f"locked by {ANN} since {LATER} for apply (lock 1), and was not given back within 60 minutes."
    assert str(refused.value.problem).endswith(problem)
    assert "terraform force-unlock 1" in refused.value.next_step
    assert terraform.planned_at == []
    assert terraform.unlocked == []


@pytest.mark.parametrize("other", [{"host": "elsewhere"}, {"namespace": "pid:[1]"}])
def test_another_machines_lock_of_this_run_is_waited_for(other: dict[str, str]) -> None:
    """Its process cannot be seen, so it is not dead; nor is another container's of the same host name."""
    clock = Clock()
    apply = this_process_apply(os.getpid()).model_copy(update=other)
    terraform = Locked(clock, until=60, who=apply.terraform_user)
    go_on(terraform, clock, apply)
    assert terraform.planned_at == [60]
    assert terraform.unlocked == []


def test_a_lock_is_given_back_once_its_holder_is_proven_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Terraform of this machine that may hold the lock ends while the run waits for it."""
    clock = Clock()
    starts = [STARTED.timestamp()]
    monkeypatch.setattr(
        continuing,
        "this_machine",
        lambda: replace(this_machine(), terraform_starts=starts if clock.now < 30 else []),
    )
    apply = this_process_apply(os.getpid())
    terraform = Locked(clock, until=ORPHAN_WAIT_SECONDS, who=apply.terraform_user)
    go_on(terraform, clock, apply)
    assert terraform.unlocked == ["1"]
    assert terraform.planned_at == [30]
