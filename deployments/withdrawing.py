"""Takes back a flow run that nobody has begun: its CI job was cancelled while it waited in the queue."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterIdempotencyKey,
)
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus
from prefect.states import Cancelled, Pending

from deployments.runs import has_ended
from models.names import Scenario
from systems.waiting import Pace, wait_for

WITHDRAWING = "Withdrawing"
"""What the claim's state is called: the watch cancels a run that was left so, and continues any other."""

WITHDRAWN = "Withdrawn before a worker began it; nothing was changed."


_ON_ITS_WAY = Pace(5, interval_seconds=0.5)
"""How long a run may come after its start was interrupted; GitHub kills a cancelled step after 10 seconds."""


def left_behind(client: SyncPrefectClient, scenario: Scenario, keys: Sequence[str]) -> FlowRun | None:
    """The run with one of these idempotency keys that has not ended, though its start was interrupted.

    The request for it may be on its way still, so a run that is not there yet is looked for again.
    """

    def look() -> FlowRun | None:
        runs = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[scenario])),
            flow_run_filter=FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=list(keys))),
        )
        return next((run for run in runs if not has_ended(run, datetime.now(UTC))), None)

    return wait_for(look, _ON_ITS_WAY)


def withdraw(client: SyncPrefectClient, run_id: UUID) -> bool:
    """Cancel a run that never began, and say whether that was done; any other is left alone.

    Pending is what a worker asks for before it begins a run, and Prefect gives it once: whoever gets it has
    the run. Cancelling at once could meet a run that begins in that moment, and leave half a deployment.
    Whoever is killed in between leaves the claim, whose name says what it is for.
    """
    run = client.read_flow_run(run_id)
    if run.run_count or run.state is None or not run.state.is_scheduled():
        return False
    claimed = _accepted(client, run_id, Pending(name=WITHDRAWING))
    return claimed and _accepted(client, run_id, Cancelled(message=WITHDRAWN))


def _accepted(client: SyncPrefectClient, run_id: UUID, state: State[None]) -> bool:
    answer: OrchestrationResult[None] = client.set_flow_run_state(run_id, state)
    return answer.status is SetStateStatus.ACCEPT


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Meet SIGTERM as SIGINT is met, with KeyboardInterrupt: CI systems send the one or the other."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
