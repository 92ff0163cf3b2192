"""One change of an environment at a time: whoever waits knows for whom, and the dead do not hold for ever.

And one run at a time on its machines, which keeps nobody from deploying the application.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.concurrency.context import ConcurrencyContext
from prefect.runtime import flow_run
from prefect.states import Completed, Running

from models.errors import Refused
from models.log import Event
from sandbox.settings import PROJECT
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment
from systems.waiting import Pace, wait_for
from tasks import lock
from tasks.lock import environment_lock, is_held, lock_holder, lock_name, machines_lock, machines_lock_name
from tests.systems.aws.conftest import _aws_server, _connection, aws  # noqa: F401 - fixtures
from tests.systems.aws.entries import entry

pytestmark = pytest.mark.sandbox

SHORTEST_LEASE_SECONDS = 60
"""Prefect's minimum."""

HOLDER = """
import sys, time
from pathlib import Path
from prefect import flow
from systems.environments import load_environment
from tasks import lock
from tasks.lock import environment_lock, machines_lock

lock.LEASE_SECONDS = int(sys.argv.pop())
LOCKS = {
    "environment": lambda environment: environment_lock(environment, machines=False),
    "machines": machines_lock,
}

@flow(name="holder", flow_run_name="deploy-the-first")
def holder(name, what, held, stop):
    with LOCKS[what](load_environment(name)):
        Path(held).touch()
        while not Path(stop).exists():
            time.sleep(0.05)

holder(*sys.argv[1:])
"""


ENVIRONMENT = load_environment("development")


@pytest.fixture(autouse=True)
def machine(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:  # noqa: F811
    """A place for runs' folders that is this test's own, and an AWS in which nothing was deployed."""
    monkeypatch.setenv("CREDEX_WORK_DIR", str(tmp_path / "runs"))
    return aws


@pytest.fixture
def log(machine: Aws) -> DeploymentLog:
    """The environment's log, which is empty."""
    bucket = ENVIRONMENT.aws.releases_bucket
    machine.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    return DeploymentLog(machine, bucket, ENVIRONMENT.name)


class Holder:
    """A flow run in a process of its own that holds an environment's lock, or the one of its machines."""

    def __init__(self, api_url: str, folder: Path, what: str) -> None:
        self._held, self._stop = folder / "held", folder / "stop"
        arguments = ["development", what, str(self._held), str(self._stop), str(SHORTEST_LEASE_SECONDS)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, *arguments],
            env=os.environ | {"PREFECT_API_URL": api_url},
            cwd=PROJECT,
        )
        assert wait_for(lambda: self._held.exists() or None, Pace(60, 0.05)), "it never got the lock"

    def stop(self) -> None:
        """Let it end in order."""
        self._stop.touch()
        assert self.process.wait(60) == 0

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        self.process.kill()
        self.process.wait()


@contextmanager
def holding(api_url: str, folder: Path, what: str = "environment") -> Iterator[Holder]:
    """A holder that does not outlive the block."""
    holder = Holder(api_url, folder, what)
    try:
        yield holder
    finally:
        holder.kill()


@flow(name="waiter", flow_run_name="deploy-the-second")
def waiter(*, machines: bool = False) -> str:
    """Takes the lock as every change does."""
    with environment_lock(ENVIRONMENT, machines=machines):
        return "held it"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits gives up sooner than a lease runs out, and not before a busy server gives a free lock."""
    monkeypatch.setattr(lock, "WAIT_SECONDS", SHORTEST_LEASE_SECONDS / 6)


@contextmanager
def at_once() -> Iterator[None]:
    """Who waits meanwhile gives up at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lock, "WAIT_SECONDS", 1)
        patched.setattr(lock, "_ASK_AGAIN_SECONDS", 1)
        yield


@pytest.mark.usefixtures("impatient")
def test_who_waits_too_long_is_told_for_whom(prefect_api: str, tmp_path: Path) -> None:
    """By the holder's own name, which leads to its page."""
    with holding(prefect_api, tmp_path) as holder:
        assert _is_known(), "the server never hears who holds the lock"
        with at_once(), pytest.raises(Refused, match="flow run deploy-the-first"):
            waiter()
        holder.stop()
    assert waiter() == "held it"


@pytest.mark.usefixtures("impatient")
def test_a_backup_keeps_from_the_machines_and_not_from_the_application(
    prefect_api: str, tmp_path: Path
) -> None:
    """A rollback at night does not wait until much data is proven."""
    with holding(prefect_api, tmp_path, "machines") as holder:
        assert waiter() == "held it"
        with at_once(), pytest.raises(Refused, match="works on the databases' machines"):
            waiter(machines=True)
        assert waiter() == "held it", "who waited for the machines kept the environment"
        holder.stop()


@pytest.mark.exhaustive  # Prefect's shortest lease is a minute, in which nothing happens
def test_the_lock_of_a_killed_holder_ends_with_its_lease(prefect_api: str, tmp_path: Path) -> None:
    """Nobody has to release anything by hand."""
    with holding(prefect_api, tmp_path) as holder:
        holder.kill()
        assert _slots_taken() == 1
        freed = wait_for(lambda: None if _slots_taken() else True, Pace(SHORTEST_LEASE_SECONDS + 30, 1))
        assert freed, "the dead still hold the lock"
    assert waiter() == "held it"


def test_a_change_whose_lease_went_lost_is_not_cut_off_in_its_middle(
    prefect_api: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Prefect's server may be slow for a while; a Terraform that is cut off leaves things half made."""
    monkeypatch.setattr("prefect.concurrency._leases._RENEWAL_FRACTION", 0.001)
    assert robbed(caplog) == "finished"


@flow(name="robbed", flow_run_name="deploy-robbed")
def robbed(caplog: pytest.LogCaptureFixture) -> str:
    """Takes the lock, loses its lease and works on until it was told that it cannot be renewed."""
    with environment_lock(ENVIRONMENT, machines=True):
        context = ConcurrencyContext.get()
        assert context is not None
        with get_client(sync_client=True) as client:
            client.release_concurrency_slots_with_lease(context.cleanup_lease_ids[-1])
        told = wait_for(lambda: "lease renewal failed" in caplog.text or None, Pace(180, 0.1))
        return "finished" if told else "never told"


@pytest.mark.usefixtures("impatient")
def test_a_run_that_goes_on_after_a_kill_need_not_wait_for_its_own_lease(
    prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder on this machine says by which lease, and in which process, it held the lock."""
    with holding(prefect_api, tmp_path) as holder:
        assert _is_known(), "the server never hears who holds the lock"
        folder = next(tmp_path.glob("runs/*/*.lease.json")).parent
        monkeypatch.setattr(lock, "run_folder", lambda: folder)
        with at_once(), pytest.raises(Refused, match="deploy-the-first"):
            waiter()  # the process lives, so its lease is not touched
        holder.kill()
        assert _slots_taken() == 1
        assert waiter() == "held it"


def dead(log: DeploymentLog, *events: Event) -> UUID:
    """A change that recorded so much before its process died, and is still to go on."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(waiter).id
        client.set_flow_run_state(run, Running(), force=True)
    for event in events:
        told = {"environment": ENVIRONMENT.name, "flow_run_id": str(run), "flow_run_name": "change-neo4j"}
        log.append(entry(event).model_copy(update=told))
    return run


def end(run: UUID) -> None:
    """What was dead was continued to its end."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, Completed(), force=True)


@flow(name="backup", flow_run_name="back-up-development")
def machines_alone() -> str:
    """Takes the lock as a backup does."""
    with machines_lock(ENVIRONMENT):
        return "held it"


@pytest.mark.usefixtures("prefect_api")
@pytest.mark.parametrize("run", [waiter, partial(waiter, machines=True), machines_alone])
def test_nobody_passes_a_run_that_died_behind_its_fence(
    log: DeploymentLog,
    run: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Writes would stay out for as long as the other one takes; what it took meanwhile is given back."""
    monkeypatch.setattr(lock, "WAIT_SECONDS", 5)
    other = dead(log, Event.FENCED, Event.STARTED)
    with pytest.raises(Refused, match="Just now flow run change-neo4j keeps writes out") as caught:
        run()
    assert "cancel it if it hangs" in caught.value.next_step
    assert "Waiting for flow run change-neo4j, which keeps writes out" in caplog.text
    assert not is_held(lock_name(ENVIRONMENT))
    assert not is_held(machines_lock_name(ENVIRONMENT))
    end(other)
    assert run() == "held it"


@pytest.mark.usefixtures("prefect_api")
def test_who_waits_for_a_fence_to_be_lifted_goes_on_after_it(
    log: DeploymentLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that stands behind it is continued meanwhile, with both locks free for it."""
    monkeypatch.setattr(lock, "_ASK_AGAIN_SECONDS", 1)
    other = dead(log, Event.FENCED)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(copy_context().run, partial(waiter, machines=True))
        with pytest.raises(TimeoutError):
            waiting.result(3)
        end(other)
        assert waiting.result(60) == "held it"


@pytest.mark.usefixtures("impatient", "prefect_api")
def test_a_run_that_died_without_a_fence_holds_nobody_up(log: DeploymentLog) -> None:
    """A rollback does not wait for an application deployment that may never go on."""
    dead(log, Event.STARTED)
    assert waiter(machines=True) == "held it"


@flow(name="continued", flow_run_name="change-neo4j")
def continued(log: DeploymentLog, *, patient: bool) -> str:
    """Takes the locks as a run does that stands behind its own fence."""
    told = {"environment": ENVIRONMENT.name, "flow_run_id": str(flow_run.get_id())}
    log.append(entry(Event.FENCED).model_copy(update=told))
    with environment_lock(ENVIRONMENT, machines=True, patient=patient):
        return "held it"


@pytest.mark.usefixtures("impatient", "prefect_api")
def test_who_has_something_to_end_waits_for_no_fence(log: DeploymentLog) -> None:
    """Its own is no reason to wait, and two that waited for each other would wait for ever."""
    assert continued(log, patient=False) == "held it"
    dead(log, Event.FENCED)
    assert continued(log, patient=True) == "held it"


def _is_known() -> bool | None:
    """Whether the server has heard that the holder took the lock, which it does in its own time."""
    name = lock_name(ENVIRONMENT)
    return wait_for(lambda: lock_holder(name).endswith("deploy-the-first") or None, Pace(30, 0.05))


def _slots_taken() -> int:
    name = lock_name(ENVIRONMENT)
    with get_client(sync_client=True) as client:
        return client.read_global_concurrency_limit_by_name(name).active_slots
