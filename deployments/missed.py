"""Drops the scheduled runs that nobody was there to start, but for the newest of each.

Prefect keeps them all: a worker that was away for a day would verify each environment a hundred times.
Prefect's own limit on a deployment counts all its environments together, and would cancel their runs instead.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from datetime import datetime

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Cancelled

from deployments.pool_runs import runs_in, set_state

_log = logging.getLogger("prefect.workers.missed")


async def drop_missed_runs(client: PrefectClient, pool: str, now: datetime) -> None:
    """Of the runs of one schedule that should have begun by now, leave the newest.

    People's own all stay, and so does one that began before and is to go on: it may have been approved.
    """
    due: dict[tuple[object, str], list[FlowRun]] = defaultdict(list)
    for run in await runs_in(client, pool, [StateType.SCHEDULED], expected_by=now):
        if run.auto_scheduled and run.run_count == 0:
            due[run.deployment_id, json.dumps(run.parameters, sort_keys=True)].append(run)
    for runs in due.values():
        for run in sorted(runs, key=lambda one: one.expected_start_time or now)[:-1]:
            _log.warning("Dropping flow run %s of %s: nobody started it.", run.name, run.expected_start_time)
            await set_state(client, run, Cancelled(message="Missed: nobody was there to start it."))
