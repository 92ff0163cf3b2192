"""What a service's scheduler does next, decided from counts alone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TaskView:
    """A task that is starting or running: of the primary deployment or not, healthy or not, and where."""

    id: str
    is_primary: bool
    is_healthy: bool
    zone: str


@dataclass(frozen=True)
class Limits:
    """How many tasks a service wants, and the percentages of that count it keeps within while it rolls."""

    desired: int
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200

    @property
    def fewest_healthy(self) -> int:
        """The lower limit, rounded up as AWS does."""
        return -(-self.desired * self.minimum_healthy_percent // 100)

    @property
    def most(self) -> int:
        """The upper limit, rounded down as AWS does."""
        return self.desired * self.maximum_percent // 100


@dataclass(frozen=True)
class Decision:
    """How many tasks of the primary deployment to start, and which tasks to stop."""

    start: int
    stop: tuple[str, ...]


def decide(limits: Limits, tasks: Sequence[TaskView], *, primary_has_failed: bool) -> Decision:
    """Take the next step towards `desired` tasks of the primary deployment and none of others.

    A primary deployment that has failed gets no more tasks, and takes none from the others.
    """
    mine = [task for task in tasks if task.is_primary]
    others = [task for task in tasks if not task.is_primary]
    surplus = _surplus(mine, limits.desired)
    if primary_has_failed:
        return Decision(0, surplus)
    room = limits.most - len(tasks)
    start = max(0, min(limits.desired - len(mine), room))
    return Decision(start, surplus + _replaced(others, mine, limits))


def _surplus(mine: Sequence[TaskView], desired: int) -> tuple[str, ...]:
    """Choose what is too much: first what is not healthy, then from the zone that has the most."""
    kept = list(mine)
    stopped = []
    while len(kept) > desired:
        zones = Counter(task.zone for task in kept)
        worst = max(kept, key=lambda task: (not task.is_healthy, zones[task.zone]))
        kept.remove(worst)
        stopped.append(worst.id)
    return tuple(stopped)


def _replaced(others: Sequence[TaskView], mine: Sequence[TaskView], limits: Limits) -> tuple[str, ...]:
    """Choose the tasks of older deployments that may go without falling below the lower limit."""
    healthy = sum(task.is_healthy for task in [*mine, *others])
    spare = max(0, healthy - limits.fewest_healthy)
    sick = [task.id for task in others if not task.is_healthy]
    return tuple(sick + [task.id for task in others if task.is_healthy][:spare])


def emptiest(zones: Sequence[str], tasks: Sequence[TaskView]) -> str:
    """Pick the zone with the fewest tasks, the first of several."""
    counts = Counter(task.zone for task in tasks)
    return min(zones, key=lambda zone: counts[zone])
