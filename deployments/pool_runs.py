"""The flow runs of a work pool, as those who watch over them see and change them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterEndTime,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterParentTaskRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound

PAGE = 200
"""Prefect's server hands out no more at once."""

_log = logging.getLogger("prefect.workers.interrupted")


async def runs_in(
    client: PrefectClient,
    pool: str,
    types: Iterable[StateType],
    *,
    expected_by: datetime | None = None,
    ended_since: datetime | None = None,
) -> list[FlowRun]:
    """The runs of deployments, no sub-flows, whose state is of one of these types.

    Those alone that should have begun, or that ended, by then or since then: most lie far off.
    """
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types))),
        deployment_id=FlowRunFilterDeploymentId(is_null_=False),
        parent_task_run_id=FlowRunFilterParentTaskRunId(is_null_=True),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=expected_by),
        end_time=FlowRunFilterEndTime(after_=ended_since),
    )
    found: list[FlowRun] = []
    while True:
        page = await client.read_flow_runs(
            work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[pool])),
            flow_run_filter=wanted,
            sort=FlowRunSort.ID_DESC,
            limit=PAGE,
            offset=len(found),
        )
        found += page
        if len(page) < PAGE:
            return found


async def set_state(
    client: PrefectClient, run: FlowRun, state: State[object], *, force: bool = False
) -> None:
    """Put a run into a state, by Prefect's rules unless forced; one deleted meanwhile is no error."""
    try:
        await client.set_flow_run_state(run.id, state, force=force)
    except ObjectNotFound:
        _log.info("Flow run %s was deleted meanwhile.", run.name)
