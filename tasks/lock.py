"""One change at a time per environment: a strict Prefect concurrency limit, held while things change.

There are two: the environment's, which every change holds, and that of its databases' machines. A backup or
a rehearsal holds the second alone, for hours where there is much data, so that the application can be
deployed and rolled back meanwhile. Whoever needs both takes the machines first: so it keeps nobody from
the application while it waits.

Not held while people think. A flow run that has to wait says for whom. One that goes on after a kill gives
its own dead lease back where it can see that the process is gone; else it waits until the lease has ended.

Nobody passes a run that died behind its fence, because writes stay out until it goes on. Whoever gets a lock
meanwhile gives back all that it holds and waits for that run too, unless it has to end a change of its own.

A change whose lease could not be renewed, as where Prefect's server is slow or away for a while, goes on: cut
off in its middle it would do more harm than beside another one, which Terraform's own lock keeps out.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, TypedDict
from uuid import UUID

from prefect import get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.concurrency.context import ConcurrencyContext
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from pydantic import BaseModel

from models.environment import Environment
from models.errors import Refused
from models.log import Apply
from systems.terraform.orphan import is_gone, this_process_apply
from systems.waiting import Pace, wait_for
from tasks.going_on import fences_to_go_on
from tasks.workspace import run_folder, write_whole

LEASE_SECONDS = 120
"""How long a dead run keeps the lock. A live one renews its lease when a quarter of that is left."""

_FREE_SECONDS = LEASE_SECONDS + 15
"""Prefect looks for ended leases now and then."""

WAIT_SECONDS = 45 * 60
"""How long a run waits for another one to end: longer than any deployment should take."""

_ASK_AGAIN_SECONDS = 5

_ACQUIRED = "prefect.concurrency-limit.acquired"
_RELEASED = "prefect.concurrency-limit.released"


def lock_name(environment: Environment) -> str:
    """The name of the environment's concurrency limit."""
    return f"deploy-{environment.name}"


def machines_lock_name(environment: Environment) -> str:
    """The name of the concurrency limit of the environment's machines."""
    return f"machines-{environment.name}"


def is_held(name: str) -> bool:
    """Whether a run holds the lock of this name just now."""
    with get_client(sync_client=True) as client:
        try:
            limit = client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            return False
    return limit.active_slots > 0


class _Lock(NamedTuple):
    """One of the two: its concurrency limit's name, and what its holder does, in words."""

    name: str
    doing: str


def _of_environment(environment: Environment) -> _Lock:
    return _Lock(lock_name(environment), "is changing the environment")


def _of_machines(environment: Environment) -> _Lock:
    return _Lock(machines_lock_name(environment), "works on the databases' machines")


@contextmanager
def environment_lock(environment: Environment, *, machines: bool, patient: bool = False) -> Iterator[None]:
    """Hold the environment alone, and its databases' machines too where they are concerned.

    Waits for another run to end first, saying which. Raises Refused, naming it, when it does not end within
    WAIT_SECONDS. A `patient` run, which is in the middle of its change, waits however long, and for those
    alone that hold what it needs.
    """
    locks = [_of_machines(environment)] if machines else []
    with _hold(environment, [*locks, _of_environment(environment)], patient=patient):
        yield


@contextmanager
def machines_lock(environment: Environment) -> Iterator[None]:
    """Hold the machines of the environment's databases alone: each has room for one copy of its data.

    Waits and raises as `environment_lock` does.
    """
    with _hold(environment, [_of_machines(environment)], patient=False):
        yield


@contextmanager
def _hold(environment: Environment, locks: list[_Lock], *, patient: bool) -> Iterator[None]:
    with ExitStack() as held:
        if patient:
            for lock in locks:
                _wait_for_turn(lock, held, math.inf)
        else:
            _wait_behind_nobody(environment, locks, held)
        yield


def _wait_behind_nobody(environment: Environment, locks: list[_Lock], held: ExitStack) -> None:
    patience = _Patience(WAIT_SECONDS)

    def is_nobody_fenced() -> bool | None:
        whom = _behind_its_fence(environment)
        if whom:
            patience.wait_for(whom, "keeps writes out and is still to go on")
        return None if whom else True

    while not _take_all_unless_fenced(environment, locks, held):
        wait_for(is_nobody_fenced, Pace(math.inf, _ASK_AGAIN_SECONDS))


def _take_all_unless_fenced(environment: Environment, locks: list[_Lock], held: ExitStack) -> bool:
    """Take one lock after the other; gives whether all are held, as none is where somebody is fenced."""
    for lock in locks:
        _wait_for_turn(lock, held, WAIT_SECONDS)
        if _behind_its_fence(environment):
            held.close()
            return False
    return True


def _behind_its_fence(environment: Environment) -> str:
    """The other run that keeps writes out, whether it lives or is to be continued; empty for none."""
    own = str(flow_run.get_id())
    entries = [record.entry for record in fences_to_go_on(environment)]
    return next((f"flow run {entry.flow_run_name}" for entry in entries if entry.flow_run_id != own), "")


def _wait_for_turn(lock: _Lock, held: ExitStack, seconds: float) -> None:
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(lock.name, limit=1)
        _give_back_lease_of_killed_attempt(client, lock.name)
    patience = _Patience(seconds)
    while not _take(lock.name, held):
        patience.wait_for(lock_holder(lock.name), lock.doing)


class _Patience:
    """How long this run still waits for another one to end, and for whom it said last that it waits."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._told = ""

    def wait_for(self, whom: str, doing: str) -> None:
        """Say so where it is news. Raises Refused once it was long enough."""
        if whom != self._told:
            get_run_logger().info("Waiting for %s, which %s.", whom, doing)
            self._told = whom
        if time.monotonic() > self._deadline:
            raise Refused(
                f"Just now {whom} {doing}, and does not end.",
                next_step="Look at that run in Prefect's UI, cancel it if it hangs, and start again.",
            )


def _take(name: str, held: ExitStack) -> bool:
    slot: AbstractContextManager[None] = concurrency(
        name,
        timeout_seconds=_ASK_AGAIN_SECONDS,
        lease_duration=LEASE_SECONDS,
        strict=True,
        raise_on_lease_renewal_failure=False,
    )
    try:
        held.enter_context(slot)
    except TimeoutError:
        return False
    _note_lease(name)
    return True


class _Lease(BaseModel):
    """What this run holds the lock by, and in which process."""

    lease_id: UUID
    process: Apply


def _lease_file(name: str) -> Path:
    return run_folder() / f"{name}.lease.json"


def _note_lease(name: str) -> None:
    context = ConcurrencyContext.get()
    if context and context.cleanup_lease_ids:
        lease = _Lease(lease_id=context.cleanup_lease_ids[-1], process=this_process_apply(os.getpid()))
        write_whole(_lease_file(name), lease.model_dump_json())


def _give_back_lease_of_killed_attempt(client: SyncPrefectClient, name: str) -> None:
    """Giving back a lease that has ended already changes nothing."""
    file = _lease_file(name)
    if not file.exists():
        return
    lease = _Lease.model_validate_json(file.read_text())
    if is_gone(lease.process):
        client.release_concurrency_slots_with_lease(lease.lease_id)
        file.unlink()


def lock_holder(name: str) -> str:
    """Who took the limit last, in words; the server hears of that a moment after it happened."""
    with get_client(sync_client=True) as client:
        last = _last_event(client, name)
    if last is None or last["event"] != _ACQUIRED:
        return "another run"
    for resource in last["related"]:
        if resource.get("prefect.resource.role") == "flow-run":
            if resource["prefect.resource.id"].endswith(str(flow_run.get_id())):
                return f"an earlier attempt of this very run, whose lease ends within {_FREE_SECONDS} seconds"
            return f"flow run {resource.get('prefect.resource.name')}"
    return "another run"


class _Event(TypedDict):
    event: str
    related: list[dict[str, str]]


def _last_event(client: SyncPrefectClient, name: str) -> _Event | None:
    limit = client.read_global_concurrency_limit_by_name(name)
    answer = client.request(
        "POST",
        "/events/filter",
        json={
            "filter": {
                "event": {"name": [_ACQUIRED, _RELEASED]},
                "resource": {"id": [f"prefect.concurrency-limit.{limit.id}"]},
                "order": "DESC",
            },
            "limit": 1,
        },
    )
    events: list[_Event] = answer.json()["events"]
    return events[0] if events else None
