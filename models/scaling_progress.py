"""How a change of the number of tasks goes: ECS calls it no rollout, and never gives it up. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from models.check import Check, Verdict, Weight
from models.rollout import Expected, Outcome, ServiceState, Task, judge_rollout
from models.rollout_reasons import is_failure, reasons_of_failure

FEWEST_FAILURES = 3
"""As many failed tasks as ECS's circuit breaker needs, which watches deployments alone."""

ZONES = "Tasks in each zone"


def judge_scaling(state: ServiceState, expected: Expected, ended: Collection[Task]) -> Outcome | None:
    """How the change of the number ended, or None while that is open.

    `ended` are the tasks that ended since it began. Another deployment's becoming PRIMARY ends it too.
    """
    outcome = judge_rollout(state, expected, was_seen=True)
    if outcome is None and keep_failing(ended, expected.desired_count):
        return Outcome.FAILED
    return outcome


def keep_failing(ended: Collection[Task], desired_count: int) -> bool:
    """Whether so many tasks have failed that waiting for the rest is of no use."""
    return sum(map(is_failure, ended)) >= max(FEWEST_FAILURES, desired_count // 2)


def reasons_of_scaling(
    state: ServiceState, expected: Expected, ended: Collection[Task], earlier_events: Collection[str]
) -> list[str]:
    """Why the number was not reached; events from before the change explain nothing."""
    new = [event for event in state.events if event.id not in earlier_events]
    return reasons_of_failure(state.model_copy(update={"events": new}), expected, ended)


def check_zones(tasks: Collection[Task], zones: Collection[str]) -> Check:
    """The zones of the service's subnets have equally many tasks, or one more or less.

    Told and no more: ECS spreads tasks as well as it can, and moves them again by itself.
    """
    counts = Counter(task.zone for task in tasks)
    spread = {zone: counts[zone] for zone in sorted(zones)}
    balanced = not spread or max(spread.values()) - min(spread.values()) <= 1
    return Check(
        name=ZONES,
        weight=Weight.TOLD,
        verdict=Verdict.PASSED if balanced else Verdict.FAILED,
        detail=", ".join(f"{count} in {zone}" for zone, count in spread.items()),
        next_step=""
        if balanced
        else "ECS balances zones by itself; look at the service's events in a while.",
    )
