"""A task changes its status when something happens to it; moto advances it each time somebody looks."""

from __future__ import annotations

from moto.ecs.models import EC2ContainerServiceBackend
from moto.moto_api import state_manager
from moto.moto_api._internal.managed_state_model import ManagedState

from sandbox.aws.ecs.mends.probe_service import make_service, remove_service, run_task
from sandbox.aws.mends.mend import Clients, Mend, Seam

_NEVER = 10**12


def _patch() -> None:
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": _NEVER})


def _is_needed(clients: Clients) -> bool:
    make_service(clients, "probe-transitions")
    task = run_task(clients, "probe-transitions")
    looks = [clients("ecs").describe_tasks(cluster="probe-transitions", tasks=[task]) for _ in range(3)]
    remove_service(clients, "probe-transitions")
    return any(look["tasks"][0]["lastStatus"] != "RUNNING" for look in looks)


MEND = Mend(
    name="task-transitions",
    wrong="A running task goes on to be stopped merely because somebody looks at it.",
    seams=(
        Seam(ManagedState, "status", "9b1d0ea5bd92"),
        Seam(EC2ContainerServiceBackend, "describe_tasks", "80f85973d07a"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
