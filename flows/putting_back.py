"""What happens when a change fails after its apply began: the last good release is put back and verified."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_run_logger

from flows.outcome import RolledBack
from models.change import Change
from models.errors import DeployError, NotServing, StalePlan, StateLocked, VerificationFailed
from models.log import Event
from models.names import Scenario
from models.release import Release
from tasks.applying import apply_last_good, began, read_outputs
from tasks.informing import inform
from tasks.planning import guard_plan, plan_release
from tasks.recording import record_outcome
from tasks.rollout import wait_for_targets, watch_release
from tasks.verification import require_success, verify

plan_last_good = plan_release.with_options(
    name="Plan how to put the last good release back",
    task_run_name="Plan how to put the last good release back",
)
"""A step of its own name, so that its kept result is not taken for the change's own plan."""


@contextmanager
def last_good_release_on_failure(change: Change) -> Iterator[None]:
    """Put the current release back when what is inside fails, and record both.

    Raises RolledBack when that worked, else the first error, saying what is left to do by hand.
    """
    try:
        yield
    except StalePlan:
        raise
    except Exception as error:
        reason = error.problem if isinstance(error, DeployError) else f"{type(error).__name__}: {error}"
        _tell(change, reason)
        if _is_untouched(change, error):
            raise
        if change.current is None or not change.changes_anything or _serves(error):
            raise DeployError(reason, next_step=_next_step(error)) from error
        with _telling_both(reason):
            back = _put_back(change, change.current, reason)
            inform(back, Event.ROLLED_BACK, reason)
        raise RolledBack(
            f"{reason} {change.environment.name} is back on commit {change.current.commit[:12]}, verified.",
            next_step="Mend the cause and deploy again.",
        ) from error


def _is_untouched(change: Change, error: Exception) -> bool:
    """Whether nothing was applied: others hold the state, or the error came before the apply began."""
    return isinstance(error, StateLocked) or (change.changes_anything and began(change) is None)


def _serves(error: Exception) -> bool:
    """Whether the new release may well serve, so that putting another one in its place could only harm."""
    return isinstance(error, VerificationFailed) and not isinstance(error, NotServing)


def _tell(change: Change, reason: str) -> None:
    get_run_logger().error("The change failed: %s", reason)
    with _telling_both(reason):
        record_outcome(change, Event.FAILED, reason)
        inform(change, Event.FAILED, reason)


def _next_step(error: Exception) -> str:
    again = "Start the same deployment again when that is mended: it goes on from here."
    return f"{error.next_step} {again}" if isinstance(error, DeployError) else again


@contextmanager
def _telling_both(reason: str) -> Iterator[None]:
    """What fails while the first failure is dealt with must not hide it."""
    try:
        yield
    except DeployError as second:
        raise DeployError(
            f"{reason} Dealing with that failed too: {second.problem}",
            next_step=f"{second.next_step} Then look at the service before anything else.",
        ) from second


def _put_back(change: Change, good: Release, reason: str) -> Change:
    environment = change.environment
    saved = plan_last_good(environment, good, change.flow_run_id, attempt=1)
    back = change.model_copy(update={"release": good, "saved": saved, "approval": None, "findings": []})
    guard_plan(back.model_copy(update={"scenario": Scenario.APPLICATION_DEPLOYMENT}))
    apply_last_good(back)
    outputs = read_outputs(environment)
    watch_release(environment, outputs, good)
    wait_for_targets(environment, outputs, good)
    verification = verify(environment, outputs, good)
    require_success(verification)
    record_outcome(back, Event.ROLLED_BACK, reason, verification)
    return back
