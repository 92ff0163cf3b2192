"""Waiting for flow runs, finer than a person at a terminal needs it."""

from __future__ import annotations

import time
from uuid import UUID, uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun

from deployments.runs import prefect, start
from models.errors import ServiceUnavailable, SetUpError
from models.names import Scenario
from models.request import Request
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


def seconds_of(scenario: Scenario, request: Request) -> float:
    """From the POST to success, the worker's waiting and the process's start included.

    Raises as `completed` does.
    """
    with prefect() as client:
        began = time.monotonic()
        completed(client, start(client, scenario, request, str(uuid4())).id)
        return time.monotonic() - began
