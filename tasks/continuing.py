"""What is left of an apply that was killed in its middle: its Terraform, its lock, and the rest of its plan.

Applying is for `applying`, whether for the first time or what is left.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

from prefect import get_run_logger

from models.errors import DeployError, StalePlan, StateLocked
from models.log import Apply, Record
from systems.terraform.continuation import unapproved_changes, variables_of
from systems.terraform.orphan import (
    LockVerdict,
    Machine,
    is_gone,
    is_here,
    judge,
    this_machine,
    this_process_apply,
)
from systems.terraform.plan_reader import read_plan
from systems.terraform.runner import APPLY_SECONDS, Terraform
from systems.waiting import Pace, wait_for
from tasks.workspace import run_folder, write_whole

ORPHAN_WAIT_SECONDS = 3600
"""How long a Terraform that cannot be seen from here may keep the lock before people have to look."""

LOCK_PACE = Pace(ORPHAN_WAIT_SECONDS, interval_seconds=10, first_seconds=10)
"""Each look starts a Terraform, and judges anew whether a dead process of ours left the lock."""


def note_terraform(pid: int) -> None:
    """Remember the process that applies this run's plan, for a later attempt of the run on this machine."""
    write_whole(_child_file(), this_process_apply(pid).model_dump_json())


def plan_what_is_left(terraform: Terraform, approved: Path, record: Record) -> Path:
    """The plan of what a kill left to do of the approved one, whose start `record` tells.

    Raises StalePlan when that was not in the approved plan, and StateLocked when somebody keeps the lock.
    """
    logger = get_run_logger()
    logger.info("This run was stopped in the middle of its apply; planning what is left to do.")
    promised = terraform.show(approved)
    variables = approved.with_name("approved.tfvars.json")
    variables.write_text(json.dumps(variables_of(promised)))
    rest = approved.with_name("rest.tfplan")
    _wait_for_own_terraform()
    plan_with_lock(terraform, variables, rest, record)
    left = terraform.show(rest)
    read_plan(left)  # refuses a plan that is incomplete or does more than its changes say
    difference = unapproved_changes(promised, left)
    if difference:
        raise StalePlan(
            f"What is left to do was not in the approved plan: {', '.join(difference[:5])}.",
            next_step="The run plans again and asks again.",
        )
    logger.info("All that is left was in the approved plan; going on without asking again.")
    return rest


def plan_with_lock(
    terraform: Terraform, variables: Path, rest: Path, record: Record, pace: Pace = LOCK_PACE
) -> None:
    """Plan what is left into `rest`, once the state's lock can be had.

    By the approved plan's own variables: an initial deployment's first plan is not yet its whole release.
    Another machine's Terraform may go on with this run's own plan, and cannot be seen from here: it is
    waited for. Raises StateLocked, which names its holder, when the lock is not given back in time.
    """
    kept: list[StateLocked] = []

    def look() -> bool | None:
        try:
            terraform.plan([variables], rest, lock_timeout_seconds=0)
        except StateLocked as lock:
            if _give_back(terraform, lock, record):
                return look()
            if lock.lock_id not in {known.lock_id for known in kept}:
                _tell(lock, record, pace)
            kept.append(lock)
            return None
        return True

    if wait_for(look, pace) is None:
        last = kept[-1]
        last.problem = f"{last.problem.removesuffix('.')}, and was not given back within {_minutes(pace)}."
        raise last


def _give_back(terraform: Terraform, lock: StateLocked, record: Record) -> bool:
    """Give the lock back where its holder is proven dead; whether it was."""
    if not _verdict(lock, record).ours_and_gone:
        return False
    get_run_logger().warning(
        "Giving back the lock %s that this run left behind when it was killed.", lock.lock_id
    )
    terraform.force_unlock(lock.lock_id)
    return True


def _tell(lock: StateLocked, record: Record, pace: Pace) -> None:
    get_run_logger().warning(
        "%s Waiting up to %s until it is given back. %s %s",
        lock.problem,
        _minutes(pace),
        _verdict(lock, record).reason,
        lock.next_step,
    )


def _verdict(lock: StateLocked, record: Record) -> LockVerdict:
    return judge(lock, record.written_at, record.entry.apply, _machine())


def _minutes(pace: Pace) -> str:
    return f"{pace.deadline_seconds / 60:.0f} minutes"


def _child_file() -> Path:
    """Names the Terraform process of this run; on this machine alone, where it can be looked at."""
    return run_folder() / "apply.json"


def _machine() -> Machine:
    """This machine; its other Terraforms do not count where this run's own one is known, and is gone."""
    machine = this_machine()
    return replace(machine, terraform_starts=[]) if _own_terraform() else machine


def _own_terraform() -> Apply | None:
    """The Terraform that an attempt of this run started on this machine, the last one."""
    if not _child_file().exists():
        return None
    child = Apply.model_validate_json(_child_file().read_text())
    return child if is_here(child) else None


def _wait_for_own_terraform() -> None:
    """Wait until the Terraform that the killed attempt started has ended; to cancel this is to interrupt it.

    Raises DeployError when it does not.
    """
    child = _own_terraform()
    if child is None or is_gone(child):
        return
    get_run_logger().info(
        "Its Terraform (process %d) still applies the plan; waiting for its end.", child.pid
    )
    try:
        ended = wait_for(lambda: is_gone(child) or None, Pace(APPLY_SECONDS, interval_seconds=0.5))
    except BaseException:
        if not is_gone(child):
            os.kill(child.pid, signal.SIGINT)
        raise
    if ended is None:
        raise DeployError(
            f"Terraform of the stopped attempt (process {child.pid}) still runs.",
            next_step="Look at that process on the worker's machine before you start again.",
        )
