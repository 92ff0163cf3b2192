"""The flow runs of a work pool, as those who watch over them see and change them."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterParentTaskRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import ObjectNotFound

_log = logging.getLogger("prefect.workers.interrupted")


async def runs_in(client: PrefectClient, pool: str, types: Iterable[StateType]) -> list[FlowRun]:
    """The runs of deployments, no sub-flows, whose state is of one of these types."""
    return await client.read_flow_runs(
        work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[pool])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types))),
            deployment_id=FlowRunFilterDeploymentId(is_null_=False),
            parent_task_run_id=FlowRunFilterParentTaskRunId(is_null_=True),
        ),
    )


async def set_state(client: PrefectClient, run: FlowRun, state: State[object]) -> None:
    """Put a run into a state by Prefect's rules; one that was deleted meanwhile is no error."""
    try:
        await client.set_flow_run_state(run.id, state)
    except ObjectNotFound:
        _log.info("Flow run %s was deleted meanwhile.", run.name)
