"""One task from its start to its end: process, registration with target groups, draining, stop.

A task that stops is deregistered first and gets SIGTERM only when its last request has ended, so that nobody
behind the load balancer notices.
"""

from __future__ import annotations

import time
from enum import Enum, auto
from pathlib import Path

from moto.ecs.models import Service, Task

from sandbox.aws.backends import LOCK, ecs, elbv2
from sandbox.aws.ecs.container import Container, TaskFailedToStart, prepare_container
from sandbox.aws.ecs.container_process import ContainerProcess
from sandbox.aws.ecs.deployments import note_event
from sandbox.aws.ecs.task_records import StopReason, mark_running, mark_stopped, mark_stopping
from sandbox.aws.load_balancer.target_health import BOOK, TargetHealth, TargetState

BOOT_SECONDS = 10.0
"""How long a new task may answer nothing at all: a process starts no faster because time is shortened, and a
busy machine starts it slowly."""

LONGEST_DRAIN_SECONDS = 30.0
"""A task is stopped after this even if no load balancer says that its targets are drained."""

ESSENTIAL_CONTAINER_EXITED = StopReason(
    "EssentialContainerExited", "Essential container in task exited", is_failure=True
)


class Phase(Enum):
    """How far a task has come."""

    STARTING = auto()
    RUNNING = auto()
    DRAINING = auto()
    STOPPING = auto()
    STOPPED = auto()


class RunningTask:
    """A task of a service; `step` moves it on without waiting for anything."""

    def __init__(self, service: Service, task: Task, address: str, zone: str, log: Path) -> None:
        self.service = service
        self.task = task
        self.address = address
        self.zone = zone
        self.phase = Phase.STARTING
        self.stop_reason: StopReason | None = None
        self.was_healthy = False
        self._log = log
        self._since = time.monotonic()
        self._process: ContainerProcess | None = None
        self._groups: list[tuple[str, int]] = []

    @property
    def id(self) -> str:
        """The task's id."""
        return str(self.task.id)

    @property
    def deployment_id(self) -> str:
        """The deployment that started the task."""
        return str(self.task.started_by)

    @property
    def is_wanted(self) -> bool:
        """Whether the task is starting or running, and not yet on its way out."""
        return self.phase in {Phase.STARTING, Phase.RUNNING}

    @property
    def age(self) -> float:
        """Seconds since the container started; while the task stops, since it began to."""
        return time.monotonic() - self._since

    def start(self) -> None:
        """Pull, fetch secrets, start the process, register its address with the service's target groups."""
        try:
            with LOCK:
                definition = ecs().describe_task_definition(self.task.task_definition_arn)
                container = prepare_container(definition, self.id)
        except TaskFailedToStart as failure:
            with LOCK:
                self.stop(StopReason("TaskFailedToStart", str(failure), is_failure=True))
            return
        self._process = ContainerProcess(container, self.address, self._log)
        with LOCK:
            self._begin_to_run(container)

    def _begin_to_run(self, container: Container) -> None:
        self.phase = Phase.RUNNING
        self._since = time.monotonic()
        mark_running(self.task, container.image_digest)
        for entry in self.service.load_balancers:
            group = elbv2().target_groups.get(entry.get("targetGroupArn", ""))
            if group is not None:
                group.register([{"Id": self.address, "Port": int(entry["containerPort"])}])
                self._groups.append((group.arn, int(entry["containerPort"])))
                note_event(self.service, f"registered 1 targets in (target-group {group.arn})")

    def stop(self, reason: StopReason) -> None:
        """Begin to stop: no new requests from now on. Hold `LOCK`."""
        self.stop_reason = reason
        self.phase = Phase.DRAINING
        self._since = time.monotonic()
        mark_stopping(self.task, reason)
        for arn, _ in self._groups:
            group = elbv2().target_groups.get(arn)
            if group is not None and self.address in group.targets:
                group.deregister([{"Id": self.address}])
                note_event(self.service, f"deregistered 1 targets in (target-group {arn})")
        if self._groups:
            note_event(self.service, "has begun draining connections on 1 tasks.")

    def step(self) -> None:
        """Notice what has become of the process, and go on with the stop where one has begun."""
        exit_code = self._process.poll() if self._process else None
        has_ended = self._process is None or exit_code is not None
        if self.phase is Phase.RUNNING and has_ended:
            with LOCK:
                self.stop(ESSENTIAL_CONTAINER_EXITED)
        if self.phase is Phase.DRAINING and (has_ended or self._is_drained()):
            self.phase = Phase.STOPPING
            if self._process is not None:
                self._process.stop()
        if self.phase is Phase.STOPPING and has_ended:
            with LOCK:
                self.phase = Phase.STOPPED
                mark_stopped(self.task, exit_code)
                note_event(self.service, f"has stopped 1 running tasks: (task {self.id}).")

    def _is_drained(self) -> bool:
        gone = all(BOOK.look_up(arn, self.address) is None for arn, _ in self._groups)
        return gone or self.age >= LONGEST_DRAIN_SECONDS

    def health(self) -> list[tuple[str, TargetHealth | None]]:
        """Tell the health of each of the task's targets, with the target group's ARN."""
        return [(arn, BOOK.look_up(arn, self.address)) for arn, _ in self._groups]

    def is_healthy(self) -> bool:
        """Tell whether the task runs and no load balancer still waits for it; remembers that it once was."""
        if self.phase is not Phase.RUNNING:
            return False
        well = {TargetState.HEALTHY, TargetState.UNUSED}
        healthy = all(health is not None and health.state in well for _, health in self.health())
        self.was_healthy = self.was_healthy or healthy
        return healthy

    def health_failure(self, grace_seconds: float) -> StopReason | None:
        """Tell why the load balancer's opinion of the task ends it; None while it does not."""
        if self.phase is not Phase.RUNNING or self.age < grace_seconds:
            return None
        for arn, health in self.health():
            if health is None or health.state is not TargetState.UNHEALTHY:
                continue
            silent = health.reason == "Target.FailedHealthChecks"
            if silent and not self.was_healthy and self.age < BOOT_SECONDS:
                continue
            reason = f"Task failed ELB health checks in (target-group {arn})"
            return StopReason("ServiceSchedulerInitiated", reason, is_failure=True)
        return None

    def ask_to_end(self) -> None:
        """Send SIGTERM without draining: the sandbox ends."""
        if self._process is not None:
            self._process.stop()

    def end(self, within: float) -> None:
        """Wait so many seconds for a task that was asked to end, then kill it."""
        if self._process is not None:
            self._process.end(within)
