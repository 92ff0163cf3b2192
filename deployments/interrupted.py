"""Finds flow runs whose process is gone and continues them: a killed run goes on.

One that was claimed to be withdrawn, by somebody who was killed before they had cancelled it, is cancelled.

Prefect's server does not revive dead runs. A run is taken for dead when its process on this machine is
provably gone or, where its process is not known here, when it has sent no heartbeat for longer than two of
them take and a margin. A suspended run has no process and is never touched. Nobody can be heard while the
server is away, so that silence counts from when it answers.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import anyio
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Cancelled, Crashed, Scheduled

from deployments.expired import end_expired_questions
from deployments.outages import Outages
from deployments.pool_runs import runs_in, set_state
from deployments.processes import Whereabouts, whereabouts
from deployments.withdrawing import WITHDRAWING, WITHDRAWN
from tasks.crashed import GIVEN_UP, RECENT, goes_on

SILENCE = timedelta(seconds=75)
"""A run that was silent for longer has missed two heartbeats."""

START = timedelta(seconds=90)
"""How long a run may take from being handed to a worker to running, where its process is not known here.

A process that is known to live is only slow, and a second one beside it would do all that it does again.
"""

SETTLED = timedelta(seconds=10)
"""A worker reports a crash twice, about 2.5 seconds apart; a run continued in between would crash again."""

MOST_CRASHES = 10
"""So many crashes of a run that dies before it starts, which is no start; a worker may report each twice."""

_LOOK_EVERY_SECONDS = 5
_log = logging.getLogger("prefect.workers.interrupted")


async def watch_interrupted_runs(pool: str) -> None:
    """Look every few seconds until cancelled; a server that does not answer is asked again."""
    outages = Outages("Looking for interrupted runs")
    async with get_client() as client:
        while True:
            with outages.borne():
                now = datetime.now(UTC)
                await continue_interrupted_runs(client, pool, now, outages.answering_since)
                await end_expired_questions(client, pool, now)
            await anyio.sleep(_LOOK_EVERY_SECONDS)


async def continue_interrupted_runs(
    client: PrefectClient, pool: str, now: datetime, answering_since: datetime
) -> None:
    """One look at a work pool's runs: call dead what is dead, schedule again what crashed a while ago.

    `answering_since` is when the server began to answer, without a break until now.
    """
    for run in await runs_in(client, pool, [StateType.RUNNING, StateType.PENDING]):
        reason = await _reason_for_death(client, run, now, answering_since)
        if reason:
            _log.warning("Flow run %s is dead: %s.", run.name, reason)
            await set_state(client, run, _end_of(run, reason))
    for run in await runs_in(client, pool, [StateType.CRASHED], ended_since=now - RECENT):
        if _state_age(run, now) > SETTLED and goes_on(run, now):
            await _start_again_or_give_up(client, run)


def _end_of(run: FlowRun, reason: str) -> State[object]:
    if run.state and run.state.name == WITHDRAWING:
        return Cancelled(message=WITHDRAWN)
    return Crashed(message=f"The run's process is gone: {reason}.")


def _state_age(run: FlowRun, now: datetime) -> timedelta:
    return now - run.state.timestamp if run.state else timedelta(0)


async def _start_again_or_give_up(client: PrefectClient, run: FlowRun) -> None:
    states = await client.read_flow_run_states(run.id)
    if sum(state.type is StateType.CRASHED for state in states) < MOST_CRASHES:
        _log.warning("Continuing flow run %s.", run.name)
        message = "Continued after its process was gone."
        await set_state(client, run, Scheduled(name="AwaitingRetry", message=message))
    else:
        _log.warning("Flow run %s is given up.", run.name)
        message = "Its process died each time before it began. Read the worker's log, then start anew."
        await set_state(client, run, Crashed(name=GIVEN_UP, message=message), force=True)


async def _reason_for_death(
    client: PrefectClient, run: FlowRun, now: datetime, answering_since: datetime
) -> str | None:
    if run.state is None:
        return None
    place = whereabouts(run.id, run.infrastructure_pid)
    heard = max(run.state.timestamp, answering_since)
    if run.state.type is StateType.PENDING:
        starts = place is Whereabouts.RUNS_HERE or now - heard <= START
        return None if starts else "it was never started"
    match place:
        case Whereabouts.ENDED_HERE:
            return f"process {run.infrastructure_pid} does not run any more"
        case Whereabouts.RUNS_HERE:
            return None
    silence = now - max(heard, await _last_heartbeat(client, run))
    return f"no heartbeat for {silence.total_seconds():.0f} seconds" if silence > SILENCE else None


async def _last_heartbeat(client: PrefectClient, run: FlowRun) -> datetime:
    answer = await client.request(
        "POST",
        "/events/filter",
        json={
            "filter": {
                "event": {"name": ["prefect.flow-run.heartbeat"]},
                "resource": {"id": [f"prefect.flow-run.{run.id}"]},
                "order": "DESC",
            },
            "limit": 1,
        },
    )
    events = answer.json()["events"]
    return datetime.fromisoformat(events[0]["occurred"]) if events else datetime.min.replace(tzinfo=UTC)
