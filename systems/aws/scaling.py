"""Follows a service to another number of tasks, by its tasks: for ECS that is no deployment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

from models.rollout import Expected, Outcome, Rollout, ServiceState, Task
from models.scaling_progress import judge_scaling, reasons_of_scaling
from systems.aws.ecs import read_service, stopped_tasks
from systems.aws.service import Watch
from systems.aws.session import Aws
from systems.redaction import scrub
from systems.waiting import Pace, wait_for


def watch_scaling(
    aws: Aws,
    cluster: str,
    service: str,
    *,
    expected: Expected,
    since: datetime,
    pace: Pace,
    on_progress: Callable[[str], None],
) -> Rollout:
    """Follow the service until as many tasks run, too many have failed, or the deadline passes.

    `since` is when the number was changed: what happened before says nothing of it. `on_progress` hears of
    ECS's events since then, and a sentence whenever a count changes.
    Raises Refused when the cluster or the service is not there.
    """
    began = pace.clock()
    events = read_service(aws, cluster, service).events
    earlier = {event.id for event in events if event.at < since}
    watch = Watch(expected, pace, on_progress, known_events=earlier)
    latest: deque[tuple[ServiceState, list[Task]]] = deque(maxlen=1)

    def look() -> Outcome | None:
        state = read_service(aws, cluster, service)
        stopped = stopped_tasks(aws, cluster, service)
        ended = [task for task in stopped if task.stopped_at and task.stopped_at >= since]
        latest.append((state, ended))
        watch.tell(state)
        return judge_scaling(state, expected, ended)

    outcome = wait_for(look, pace) or Outcome.TIMED_OUT
    state, ended = latest[0]
    completed = outcome is Outcome.COMPLETED
    reasons = [] if completed else reasons_of_scaling(state, expected, ended, earlier)
    return Rollout(
        outcome=outcome,
        seconds=pace.clock() - began,
        state=state,
        reasons=[scrub(reason) for reason in reasons],
    )
