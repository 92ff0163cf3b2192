"""Tells whether an environment is in the middle of a change, so that nobody judges it by its last release."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound

from models.environment import Environment
from models.interruption import goes_on
from systems.aws.bootstrap import owns_bucket
from systems.aws.session import Aws
from tasks.lock import is_held, lock_name, machines_lock_name
from tasks.recording import deployment_log

LONGEST = timedelta(hours=6)
"""Longer than a change takes that goes on after kills. An older one is stuck, and people have to know."""


def is_changing(environment: Environment) -> bool:
    """Whether a run changes the environment just now, or was killed while it did and is still to go on.

    A dead run loses its hold on the environment some minutes before another process continues it, where that
    is on another machine or the worker has to come up first.
    """
    return is_held(lock_name(environment)) or _is_interrupted(environment)


def is_copying(environment: Environment) -> bool:
    """Whether copies of volumes may be attached to databases' machines: Terraform takes them for drift."""
    return is_held(machines_lock_name(environment))


def _is_interrupted(environment: Environment) -> bool:
    if not owns_bucket(Aws(environment.aws.region), environment.aws.releases_bucket):
        return False
    begun = deployment_log(environment).unfinished(since=datetime.now(UTC) - LONGEST)
    with get_client(sync_client=True) as client:
        return any(_is_to_go_on(client, record.entry.flow_run_id) for record in begun)


def _is_to_go_on(client: SyncPrefectClient, run_id: str) -> bool:
    """A run that asks people anew may wait for hours, and one that Prefect does not know is over."""
    try:
        run = client.read_flow_run(UUID(run_id))
    except (ObjectNotFound, ValueError):
        return False
    if run.state is None or run.state.is_paused():
        return False
    if run.state.is_crashed():
        return goes_on(run.run_count, datetime.now(UTC) - run.state.timestamp)
    return not run.state.is_final()
