"""Tells which changes of the log have begun and are still to go on, by what Prefect says of their runs.

A dead run loses its hold on the environment some minutes before another process continues it, where that is
on another machine or the worker has to come up first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound

from models.environment import Environment
from models.history import behind_their_fence, unfinished
from models.log import Record
from systems.aws.bootstrap import owns_bucket
from systems.aws.session import Aws
from tasks.crashed import goes_on
from tasks.recording import deployment_log

LONGEST = timedelta(hours=6)
"""Longer than a change takes that goes on after kills. An older one is stuck, and people have to know."""


def changes_to_go_on(environment: Environment) -> list[Record]:
    """The newest record of each run whose change has not ended."""
    return _to_go_on(unfinished(_recent_records(environment)))


def fences_to_go_on(environment: Environment) -> list[Record]:
    """The record by which each run keeps writes out, which nobody else can let in again as it should."""
    return _to_go_on(behind_their_fence(_recent_records(environment)))


def _recent_records(environment: Environment) -> list[Record]:
    if not owns_bucket(Aws(environment.aws.region), environment.aws.releases_bucket):
        return []
    return deployment_log(environment).recent(datetime.now(UTC) - LONGEST)


def _to_go_on(records: Iterable[Record]) -> list[Record]:
    with get_client(sync_client=True) as client:
        return [record for record in records if _is_to_go_on(client, record.entry.flow_run_id)]


def _is_to_go_on(client: SyncPrefectClient, run_id: str) -> bool:
    """A run that asks people anew may wait for hours, and one that Prefect does not know is over."""
    try:
        run = client.read_flow_run(UUID(run_id))
    except (ObjectNotFound, ValueError):
        return False
    if run.state is None or run.state.is_paused():
        return False
    return not run.state.is_final() or goes_on(run, datetime.now(UTC))
