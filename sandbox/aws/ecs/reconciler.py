"""Brings the processes of tasks in line with the services that AWS was asked for."""

from __future__ import annotations

import time
from pathlib import Path

from moto.ecs.models import Service

from sandbox.aws.backends import LOCK, ecs
from sandbox.aws.ecs.running_task import RunningTask
from sandbox.aws.ecs.service_counts import publish_cluster_counts
from sandbox.aws.ecs.service_scheduler import ServiceScheduler
from sandbox.aws.pace import Pace

CLOSE_SECONDS = 5.0
"""How long tasks may take to end with the sandbox before they are killed."""


class EcsScheduler:
    """The reconciler of services; tasks write to `<state_folder>/tasks/<task id>.log`."""

    name = "ecs"

    def __init__(self, state_folder: Path, pace: Pace) -> None:
        self._logs = state_folder.absolute() / "tasks"
        self._pace = pace
        self._schedulers: dict[int, ServiceScheduler] = {}

    def step(self) -> None:
        """Look at every task, then take each service one step further."""
        for task in self._tasks():
            task.step()
        with LOCK:
            self._meet_services()
            addresses = {task.address for task in self._tasks()}
            started = [task for scheduler in self._schedulers.values() for task in scheduler.step(addresses)]
            publish_cluster_counts()
        for task in started:
            task.start()

    def _tasks(self) -> list[RunningTask]:
        return [task for scheduler in self._schedulers.values() for task in scheduler.tasks]

    def _meet_services(self) -> None:
        """Take new services on; those that are gone from AWS are kept until their last task has ended."""
        services = {id(service): service for service in ecs().services.values() if _is_live(service)}
        for key, service in services.items():
            self._schedulers.setdefault(key, ServiceScheduler(service, self._pace, self._logs))
        for key, scheduler in list(self._schedulers.items()):
            if key in services:
                continue
            scheduler.service.status = "INACTIVE"
            if not scheduler.tasks:
                del self._schedulers[key]

    def close(self) -> None:
        """End all tasks."""
        tasks = self._tasks()
        for task in tasks:
            task.ask_to_end()
        deadline = time.monotonic() + CLOSE_SECONDS
        for task in tasks:
            task.end(deadline - time.monotonic())
        self._schedulers.clear()


def _is_live(service: Service) -> bool:
    return service.status in {"ACTIVE", "DRAINING"}
