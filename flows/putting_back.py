"""What happens when a change fails after its apply began: the last good release is put back and verified.

`WayBack` is how that is done where the application alone was changed; a scenario that does more than apply a
plan hands in its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_run_logger

from flows.outcome import RolledBack
from models.change import Change
from models.check import Verification
from models.errors import (
    DeployError,
    HalfApplied,
    NotServing,
    StalePlan,
    StateLocked,
    VerificationFailed,
)
from models.log import Event
from models.names import Scenario
from models.notification import News
from models.outputs import Outputs
from models.release import Release
from tasks.applying import apply_last_good, began, read_outputs
from tasks.informing import inform
from tasks.notifying import tell_of_change
from tasks.planning import guard_plan, plan_release
from tasks.recording import record_outcome
from tasks.rollout import wait_for_targets, watch_release
from tasks.verification import require_success, verify

plan_last_good = plan_release.with_options(
    name="Plan how to put the last good release back",
    task_run_name="Plan how to put the last good release back",
)
"""A step of its own name, so that its kept result is not taken for the change's own plan."""


class WayBack:
    """How a failed change is undone: by applying the last good release, and waiting until it serves."""

    scenario = Scenario.APPLICATION_DEPLOYMENT
    """Whose rules the plan that leads back has to keep."""

    def asks_again(self, change: Change) -> bool:  # noqa: ARG002 it matters where data is at stake
        """Whether a plan that went stale is made anew and asked for anew, with all as it is now."""
        return True

    def resume(self, change: Change) -> None:
        """Raise the failure that a killed run had recorded, where nothing may be tried again after it.

        Here the apply itself does so: what follows it only looks.
        """

    def is_untouched(self, change: Change, error: Exception) -> bool:
        """Whether nothing was applied: others held the state at its start, or the error came before that."""
        return isinstance(error, StateLocked) or (change.changes_anything and began(change) is None)

    def leave(self, change: Change) -> None:
        """Undo what was done before the apply, of which nothing came: here there is nothing to undo."""

    def stays(self, change: Change, error: Exception) -> bool:
        """Whether what is new is left in place.

        There is no other, it serves although not all is well, or nobody can go on or back before people have
        released the lock.
        """
        kept = isinstance(error, HalfApplied) or _serves(error)
        return change.current is None or not change.changes_anything or kept

    def put_back(self, change: Change, good: Release) -> tuple[Change, Verification]:
        """Apply the good release and verify it; gives the change that leads back.

        Raises DeployError when that does not work.
        """
        saved = plan_last_good(change.environment, good, change.flow_run_id, attempt=1)
        back = change.model_copy(update={"release": good, "saved": saved, "approval": None, "findings": []})
        guard_plan(back.model_copy(update={"scenario": self.scenario}))
        self.prepare(back)
        apply_last_good(back)
        verification = self.bring_up(back, read_outputs(change.environment))
        require_success(verification)
        return back, verification

    def prepare(self, back: Change) -> None:
        """What has to happen before the good release is applied: here nothing."""

    def bring_up(self, back: Change, outputs: Outputs) -> Verification:
        """Wait until the good release, which is applied, serves again."""
        watch_release(back.environment, outputs, back.release)
        wait_for_targets(back.environment, outputs, back.release)
        return verify(back.environment, outputs, back.release)

    def told(self, good: Release) -> str:
        """What the environment is back on, in words."""
        return f"commit {good.commit[:12]}"


APPLICATION = WayBack()


@contextmanager
def last_good_release_on_failure(change: Change, way: WayBack = APPLICATION) -> Iterator[None]:
    """Put the current release back when what is inside fails, and record both.

    Raises RolledBack when that worked, else the first error, saying what is left to do by hand.
    """
    try:
        _require_own_turn(change)
        way.resume(change)
        yield
    except Exception as error:
        if isinstance(error, StalePlan) and way.asks_again(change):
            way.leave(change)
            raise
        reason = error.problem if isinstance(error, DeployError) else f"{type(error).__name__}: {error}"
        _tell(change, reason)
        if way.is_untouched(change, error):
            with _telling_both(reason):
                way.leave(change)
            if isinstance(error, StalePlan):
                # A StalePlan would have the rail plan anew.
                raise DeployError(reason, next_step="Start again, which plans and asks anew.") from error
            raise
        with _telling_both(reason):
            stays = way.stays(change, error)
        if change.current is None or stays:
            raise DeployError(reason, next_step=_next_step(error)) from error
        tell_of_change(change, News.PUTTING_BACK, reason)
        with _telling_both(reason):
            back, verification = way.put_back(change, change.current)
            record_outcome(back, Event.ROLLED_BACK, reason, verification)
            inform(back, Event.ROLLED_BACK, reason)
        raise RolledBack(
            f"{reason} {change.environment.name} is back on {way.told(change.current)}, verified."
            f"{verification.to_know}",
            next_step="Mend the cause and deploy again.",
        ) from error


def _require_own_turn(change: Change) -> None:
    if change.overtaken:
        raise DeployError(
            f"Others changed {change.environment.name} while this run was interrupted, with writes kept out.",
            next_step="Look in the log at what they did.",
        )


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
