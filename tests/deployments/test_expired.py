"""A run whose question nobody answered goes on to say so; one whose question still stands is left alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.states import Running, Suspended

from deployments.expired import end_expired_questions
from tasks.approval import GRACE
from tests.deployments.dead_runs import POOL, bring_to, deployed_run, now, standing

pytestmark = pytest.mark.sandbox

STANDS = timedelta(hours=24)


def test_a_question_ends_with_its_time_and_not_before(prefect_api: str) -> None:
    """Prefect itself would only fail the run, and that an hour later."""
    asyncio.run(_the_question_stands_and_ends())


async def _the_question_stands_and_ends() -> None:
    async with get_client() as client:
        run = await deployed_run(client)
        timeout = int((STANDS + GRACE).total_seconds())
        await bring_to(client, run, Running(), Suspended(timeout_seconds=timeout, pause_key="question-1"))
        await end_expired_questions(client, POOL, now() + STANDS - timedelta(minutes=1))
        assert (await standing(client, run))[0] is StateType.PAUSED
        await end_expired_questions(client, POOL, now() + STANDS + timedelta(minutes=1))
        kind, _, message = await standing(client, run)
        assert (kind, message) == (StateType.SCHEDULED, "Nobody answered in time.")
