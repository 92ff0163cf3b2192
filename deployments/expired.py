"""Ends in words the flow runs that nobody answered in time.

Prefect itself would only fail them, and leave their plans' files where they are. Here the run begins again,
sees that its time is over, says so and clears up.
"""

from __future__ import annotations

import logging
from datetime import datetime

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.states import Scheduled

from deployments.pool_runs import runs_in, set_state
from tasks.approval import GRACE

_log = logging.getLogger("prefect.workers.interrupted")


async def end_expired_questions(client: PrefectClient, pool: str, now: datetime) -> None:
    """One look at a work pool's suspended runs: those whose question stands no longer begin again."""
    for run in await runs_in(client, pool, [StateType.PAUSED]):
        ends = run.state.state_details.pause_timeout if run.state else None
        if ends is not None and ends - GRACE <= now:
            _log.warning("Nobody answered flow run %s in time.", run.name)
            await set_state(client, run, Scheduled(name="Resuming", message="Nobody answered in time."))
