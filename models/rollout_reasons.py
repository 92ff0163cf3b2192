"""Why a rollout did not complete, out of all that ECS says about it. Pure: it is handed what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from models.rollout import Container, EcsDeployment, Expected, ServiceState, Task, task_definition_name

_TELLING = ("unable", "unhealthy", "failed", "rolling back", "failing")
"""Words of the service events that explain a failure; the rest tell of ordinary progress."""
_EVENTS_SHOWN = 3


def reasons_of_failure(state: ServiceState, expected: Expected, stopped: Collection[Task]) -> list[str]:
    """Phrases from the most telling to the least: deployment, tasks, events, what runs instead."""
    ours = next((one for one in state.deployments if expected.is_ours(one)), None)
    return [
        *_deployment_reasons(state, ours),
        *task_reasons(expected, stopped),
        *_event_reasons(state, ours),
        *_counts(state, expected),
    ]


def event_sentences(state: ServiceState, known: Collection[str]) -> list[str]:
    """The service's new events, oldest first."""
    return [
        _without_service(event.message, state.service)
        for event in reversed(state.events)
        if event.id not in known
    ]


def task_reasons(expected: Expected, stopped: Collection[Task]) -> list[str]:
    """Each distinct way in which tasks of our image ended, with how many did."""
    ends = Counter(_end_of(task) for task in stopped if task.runs(expected.image_digest) and is_failure(task))
    return [
        f"{count} stopped: {end}" if count > 1 else f"a task stopped: {end}" for end, count in ends.items()
    ]


def _deployment_reasons(state: ServiceState, ours: EcsDeployment | None) -> list[str]:
    ended_badly = ours is not None and ours.rollout_state != "COMPLETED"
    reasons = [ours.rollout_reason.rstrip(".")] if ours and ended_badly and ours.rollout_reason else []
    primary = state.primary
    if primary and (ours is None or primary.id != ours.id):
        reasons.append(f"the service is on {task_definition_name(primary.task_definition)} instead")
    return reasons


def is_failure(task: Task) -> bool:
    """Whether a task that ended was still wanted: those that ECS itself scaled in explain nothing."""
    return not task.stopped_reason.startswith("Scaling activity initiated by")


def _end_of(task: Task) -> str:
    parts = [task.stopped_reason.rstrip("."), *(_exit(container) for container in task.containers)]
    return ", ".join(part for part in parts if part)


def _exit(container: Container) -> str:
    code = f"{container.name} exited with {container.exit_code}" if container.exit_code is not None else ""
    return ": ".join(part for part in (code, container.reason.rstrip(".")) if part)


def _event_reasons(state: ServiceState, ours: EcsDeployment | None) -> list[str]:
    since = ours.created_at if ours else None
    telling = dict.fromkeys(
        _without_service(event.message, state.service).rstrip(".")
        for event in state.events
        if (since is None or event.at >= since) and any(word in event.message for word in _TELLING)
    )
    return list(telling)[:_EVENTS_SHOWN]


def _counts(state: ServiceState, expected: Expected) -> list[str]:
    if state.desired != expected.desired_count:
        return [f"{state.desired} tasks are desired, not {expected.desired_count}"]
    return []


def _without_service(message: str, service: str) -> str:
    """ECS begins each message with the service's name, which everybody here knows."""
    return message.removeprefix(f"(service {service}) ").removeprefix(f"(service {service}, ")
