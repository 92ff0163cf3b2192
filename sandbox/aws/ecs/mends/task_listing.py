"""Tasks are listed by service, the running ones unless asked otherwise; moto lists all of the cluster."""

from __future__ import annotations

from moto.ecs.models import EC2ContainerServiceBackend, Task

from sandbox.aws.ecs.mends.probe_service import make_service, remove_service, run_task
from sandbox.aws.mends.mend import Clients, Mend, Seam

_stock_list = EC2ContainerServiceBackend.list_tasks


def _patch() -> None:
    EC2ContainerServiceBackend.list_tasks = _list_tasks  # type: ignore[method-assign]


def _list_tasks(  # noqa: PLR0917 - moto's signature
    self: EC2ContainerServiceBackend,
    cluster_str: str | None = None,
    container_instance: str | None = None,
    family: str | None = None,
    started_by: str | None = None,
    service_name: str | None = None,
    desiredStatus: str | None = None,  # noqa: N803 - moto's name
) -> list[Task]:
    tasks = _stock_list(
        self, cluster_str, container_instance, family, started_by, None, desiredStatus or "RUNNING"
    )
    if service_name is None:
        return tasks
    group = f"service:{service_name.rsplit('/', 1)[-1]}"
    return [task for task in tasks if task.group == group]


def _is_needed(clients: Clients) -> bool:
    make_service(clients, "probe-listing")
    task = run_task(clients, "probe-listing")
    listed = clients("ecs").list_tasks(cluster="probe-listing", serviceName="probe")["taskArns"]
    remove_service(clients, "probe-listing")
    return task in listed


MEND = Mend(
    name="task-listing",
    wrong="ListTasks ignores serviceName, and lists stopped tasks beside the running ones.",
    seams=(Seam(EC2ContainerServiceBackend, "list_tasks", "05b36e0ec5c9"),),
    patch=_patch,
    is_needed=_is_needed,
)
