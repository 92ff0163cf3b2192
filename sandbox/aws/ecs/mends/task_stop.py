"""Stopping a task takes its time, and says that a user did it; moto has it stopped at once.

The task's desired status becomes STOPPED; whoever runs it (the scheduler) does the rest.
"""

from __future__ import annotations

from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Task

from sandbox.aws.ecs.mends.probe_service import make_service, remove_service, run_task
from sandbox.aws.mends.mend import Clients, Mend, Seam

_stock_stop = EC2ContainerServiceBackend.stop_task


def _patch() -> None:
    EC2ContainerServiceBackend.stop_task = _stop_task  # type: ignore[method-assign]


def _stop_task(self: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str | None) -> Task:
    cluster = self._get_cluster(cluster_str)
    tasks = self.tasks.get(cluster.name, {})
    wanted = task_str.rsplit("/", 1)[-1]
    task = next((task for task in tasks.values() if task.id == wanted), None)
    if task is None:
        raise InvalidParameterException("The referenced task was not found.")
    vars(task).setdefault("stop_code", "UserInitiated")
    if not task.group.startswith("service:"):
        return _stock_stop(self, cluster_str, task_str, reason or "")
    if task.desired_status == "RUNNING":
        task.desired_status = "STOPPED"
        task.stopped_reason = reason or "Task stopped by user"
    return task


def _is_needed(clients: Clients) -> bool:
    make_service(clients, "probe-stop")
    task = run_task(clients, "probe-stop")
    stopped = clients("ecs").stop_task(cluster="probe-stop", task=task, reason="probe")["task"]
    remove_service(clients, "probe-stop")
    return bool(stopped.get("stopCode") != "UserInitiated")


MEND = Mend(
    name="task-stop",
    wrong="StopTask stops a task at once, whatever runs in it, and gives no stop code.",
    seams=(Seam(EC2ContainerServiceBackend, "stop_task", "a654973f4a4d"),),
    patch=_patch,
    is_needed=_is_needed,
)
