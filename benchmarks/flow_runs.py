"""Waiting for flow runs, finer than a person at a terminal needs it."""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun

from models.errors import ServiceUnavailable, SetUpError
from systems.waiting import Pace, wait_for

_DEADLINE_SECONDS = 900.0
_LOOK_EVERY_SECONDS = 0.2


def wait_for_end(client: SyncPrefectClient, run_id: UUID) -> FlowRun:
    """The flow run in its final state. Raises ServiceUnavailable when it does not end in time."""

    def look() -> FlowRun | None:
        run = client.read_flow_run(run_id)
        return run if run.state and run.state.is_final() else None

    ended = wait_for(look, Pace(_DEADLINE_SECONDS, interval_seconds=_LOOK_EVERY_SECONDS))
    if ended is None:
        raise ServiceUnavailable("A flow run did not end in time.", next_step=f"Look at run {run_id}.")
    return ended


def completed(client: SyncPrefectClient, run_id: UUID) -> None:
    """Wait for the run's success. Raises SetUpError where it ends otherwise: nothing was measured then."""
    ended = wait_for_end(client, run_id)
    if ended.state is None or not ended.state.is_completed():
        raise SetUpError(f"Flow run {ended.name} failed.", next_step="Look at its page in Prefect's UI.")
