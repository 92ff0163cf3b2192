"""Which of the flow runs that wait for a worker it starts: a few changes of one environment at once.

One run alone changes an environment; the others would wait for it in processes of their own, each with a plan
that goes stale. So they wait here, before they have a process, in the order in which Prefect hands them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from prefect.client.schemas.objects import FlowRun

CHANGES = "changes"
"""The tag of the deployments whose runs wait for their turn."""

URGENT = "urgent"
"""The tag of those that do not."""

MOST_AT_ONCE = 3
"""How many new changes of one environment a worker has under way: one changes it, the others plan and ask."""


@dataclass(frozen=True)
class Turns:
    """Whose turn it is, and who waits for it."""

    begin: list[FlowRun]
    wait: list[FlowRun]


def next_turns(waiting: Iterable[FlowRun], under_way: Mapping[UUID, str]) -> Turns:
    """Which of the waiting runs to start, beside those under way: their ids and what they change.

    A run that began before goes on whatever is under way: it was approved or is in the middle of a change,
    and others may wait for what it holds. So does one that is urgent, and one that changes nothing.
    """
    busy, turns = Counter(filter(None, under_way.values())), Turns([], [])
    for run in waiting:
        environment = changed_environment(run)
        is_new = run.run_count == 0 and run.id not in under_way
        if environment and is_new and busy[environment] >= MOST_AT_ONCE:
            turns.wait.append(run)
            continue
        turns.begin.append(run)
        if environment and is_new:
            busy[environment] += 1
    return turns


def changed_environment(run: FlowRun) -> str:
    """The environment that a run would change in its turn; empty where it needs none."""
    if CHANGES not in run.tags or URGENT in run.tags:
        return ""
    request = run.parameters.get("request")
    environment = request.get("environment") if isinstance(request, dict) else None
    return environment if isinstance(environment, str) else ""
