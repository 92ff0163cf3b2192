"""Of the scheduled runs that nobody was there to start, one of each schedule is left to a worker."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import anyio
import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.states import AwaitingRetry, Running

from deployments.missed import drop_missed_runs
from deployments.pool_runs import runs_in
from tests.deployments.dead_runs import bring_to, interrupted, now

pytestmark = pytest.mark.sandbox

QUARTER = timedelta(minutes=15)
PLACES = ("production", "staging")


def test_a_worker_that_was_away_starts_one_run_of_each_schedule(prefect_api: str) -> None:
    """All others are dropped: what is to come, what a person asked for and what is to go on, stays."""
    asyncio.run(_an_hour_goes_by())


async def _an_hour_goes_by() -> None:
    pool = f"missed-{uuid.uuid4()}"
    async with get_client() as client:
        by_hand = await _deploy(client, pool)
        with anyio.fail_after(90):
            while len(planned := await _planned(client, pool)) < 2 * 4:
                await anyio.sleep(0.5)
        times = sorted({run.expected_start_time for run in planned if run.expected_start_time})
        begun = next(run for run in planned if run.expected_start_time == times[0])
        await bring_to(client, begun.id, Running(), AwaitingRetry(scheduled_time=times[0]))
        await drop_missed_runs(client, pool, times[2] + timedelta(seconds=1))
        left = [run for run in await _planned(client, pool) if run.id != begun.id]
        for place in PLACES:
            own = [run for run in left if run.parameters["request"]["environment"] == place]
            assert min(run.expected_start_time for run in own if run.expected_start_time) == times[2]
            assert len(own) == len(planned) // 2 - 2
        for kept in (by_hand, begun.id):
            assert (await client.read_flow_run(kept)).state_type is StateType.SCHEDULED


async def _deploy(client: PrefectClient, pool: str) -> uuid.UUID:
    """Two schedules of one deployment, and a run that a person asked for at once."""
    await client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
    first = now() + QUARTER
    deployment = await client.create_deployment(
        await client.create_flow(interrupted),
        pool,
        work_pool_name=pool,
        schedules=[
            DeploymentScheduleCreate(
                schedule=IntervalSchedule(interval=QUARTER, anchor_date=first),
                parameters={"request": {"environment": place}},
                slug=place,
                max_scheduled_runs=None,
            )
            for place in PLACES
        ],
    )
    by_hand = await client.create_flow_run_from_deployment(deployment)
    return by_hand.id


async def _planned(client: PrefectClient, pool: str) -> list[FlowRun]:
    return [run for run in await runs_in(client, pool, [StateType.SCHEDULED]) if run.auto_scheduled]
