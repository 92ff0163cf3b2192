"""The scheduler of one service: takes it step by step to what its PRIMARY deployment says."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

from moto.ecs.models import Service

from sandbox.aws.ecs import deployments
from sandbox.aws.ecs.decisions import Limits, TaskView, decide, emptiest
from sandbox.aws.ecs.running_task import Phase, RunningTask
from sandbox.aws.ecs.service_counts import publish_counts
from sandbox.aws.ecs.task_records import (
    StopReason,
    create_task,
    forget_old_tasks,
    free_address,
    subnets_of,
)
from sandbox.aws.pace import Pace

LONGEST_PAUSE_SECONDS = 10.0
"""The longest wait before a task that keeps failing is started anew."""


class ServiceScheduler:
    """Owns the tasks of one service; every method is called with `LOCK` held."""

    def __init__(self, service: Service, pace: Pace, logs: Path) -> None:
        self.service = service
        self.tasks: list[RunningTask] = []
        self._pace = pace
        self._logs = logs
        self._last_address: dict[str, str] = {}
        self._failures: Counter[str] = Counter()
        self._counted: set[str] = set()
        self._not_before: dict[str, float] = {}

    def step(self, addresses: set[str]) -> list[RunningTask]:
        """Judge the tasks, take the next decision, publish the counts; returns the tasks to be started.

        `addresses` are those of all tasks of all services; new ones are added to it.
        """
        self._stop_unhealthy()
        self._take_leave()
        if self.service.status == "ACTIVE":
            self._break_circuit()
        started = self._act(addresses)
        publish_counts(self.service, self.tasks)
        forget_old_tasks(self.service)
        return started

    def _stop_unhealthy(self) -> None:
        grace = self._pace.seconds(_setting(self.service, "health_check_grace_period_seconds", 0))
        for task in self.tasks:
            if task.task.desired_status == "STOPPED" and task.is_wanted:
                task.stop(StopReason("UserInitiated", task.task.stopped_reason))
            failure = task.health_failure(grace)
            if failure is not None:
                self._note_unhealthy(task)
                task.stop(failure)

    def _note_unhealthy(self, task: RunningTask) -> None:
        for arn, health in task.health():
            if health is not None and health.description:
                why = f"(reason {health.description})"
                deployments.note_event(
                    self.service, f"(task {task.id}) is unhealthy in (target-group {arn}) due to {why}."
                )

    def _take_leave(self) -> None:
        """Count the failures among the tasks that began to stop, and drop those that are gone."""
        primary = deployments.primary_of(self.service)
        for task in self.tasks:
            if task.is_wanted and task.is_healthy():
                self._failures.pop(task.deployment_id, None)
            if task.id not in self._counted and task.stop_reason and task.stop_reason.is_failure:
                self._counted.add(task.id)
                self._count_failure(task.deployment_id)
        if primary["rolloutState"] == "IN_PROGRESS":
            primary["failedTasks"] = self._failures[primary["id"]]
        self.tasks = [task for task in self.tasks if task.phase is not Phase.STOPPED]

    def _count_failure(self, deployment_id: str) -> None:
        self._failures[deployment_id] += 1
        pause = min(0.2 * 2 ** self._failures[deployment_id], LONGEST_PAUSE_SECONDS)
        self._not_before[deployment_id] = time.monotonic() + pause

    def _break_circuit(self) -> None:
        """End a deployment whose tasks fail one after the other, and put the last good one back."""
        breaker = _configuration(self.service).get("deploymentCircuitBreaker") or {}
        primary = deployments.primary_of(self.service)
        threshold = deployments.breaker_threshold(self.service.desired_count)
        if not breaker.get("enable") or primary["rolloutState"] != "IN_PROGRESS":
            return
        if primary["failedTasks"] < threshold:
            return
        deployments.fail(self.service)
        if breaker.get("rollback"):
            deployments.roll_back(self.service)
            self._failures.pop(deployments.primary_of(self.service)["id"], None)

    def _act(self, addresses: set[str]) -> list[RunningTask]:
        primary = deployments.primary_of(self.service)
        has_failed = primary["rolloutState"] == "FAILED"
        decision = decide(self._limits(), self._views(), primary_has_failed=has_failed)
        for task in self.tasks:
            if task.id in decision.stop:
                reason = f"Scaling activity initiated by (deployment {primary['id']})"
                task.stop(StopReason("ServiceSchedulerInitiated", reason))
        if time.monotonic() < self._not_before.get(primary["id"], 0.0):
            return []
        created = [self._create(primary, addresses) for _ in range(decision.start)]
        return [task for task in created if task is not None]

    def _create(self, deployment: deployments.Deployment, addresses: set[str]) -> RunningTask | None:
        subnets = {subnet.availability_zone: subnet for subnet in subnets_of(self.service)}
        zone = emptiest(list(subnets), self._views())
        address = free_address(subnets[zone], addresses, self._last_address.get(zone))
        if address is None:
            deployments.note_event(self.service, "was unable to place a task: no address is free.")
            return None
        addresses.add(address)
        self._last_address[zone] = address
        record = create_task(self.service, deployment, subnets[zone], address)
        task = RunningTask(self.service, record, address, zone, self._logs / f"{record.id}.log")
        self.tasks.append(task)
        deployments.note_event(self.service, f"has started 1 tasks: (task {task.id}).")
        return task

    def _limits(self) -> Limits:
        configuration = _configuration(self.service)
        return Limits(
            desired=self.service.desired_count if self.service.status == "ACTIVE" else 0,
            minimum_healthy_percent=_percent(configuration, "minimumHealthyPercent", 100),
            maximum_percent=_percent(configuration, "maximumPercent", 200),
        )

    def _views(self) -> list[TaskView]:
        primary = deployments.primary_of(self.service)["id"]
        return [
            TaskView(task.id, task.deployment_id == primary, task.is_healthy(), task.zone)
            for task in self.tasks
            if task.is_wanted
        ]


def _configuration(service: Service) -> dict[str, Any]:
    configuration: dict[str, Any] = _setting(service, "deployment_configuration", {})
    return configuration


def _percent(configuration: dict[str, Any], name: str, default: int) -> int:
    value = configuration.get(name)
    return default if value is None else int(value)


def _setting(service: Service, name: str, default: Any) -> Any:  # noqa: ANN401 - undeclared in moto
    value = vars(service).get(name)
    return default if value is None else value
