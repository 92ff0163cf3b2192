"""A run whose process died goes on; a run that lives, or waits for a person, is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State, StateType
from prefect.states import Crashed, Pending, Running, Suspended

from deployments import interrupted as watch
from deployments import withdrawing
from deployments.interrupted import MOST_CRASHES, SETTLED, SILENCE, START, continue_interrupted_runs
from deployments.runs import has_ended
from deployments.withdrawing import WITHDRAWN, withdraw
from tasks.crashed import GIVEN_UP, MOST_STARTS, RECENT
from tests.deployments.dead_runs import (
    POOL,
    bring_to,
    crashes,
    deployed_run,
    kill,
    now,
    read,
    standing,
    start_process,
)

pytestmark = pytest.mark.sandbox

Story = Callable[[PrefectClient], Awaitable[None]]
LATER = timedelta(seconds=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def look(client: PrefectClient, at: datetime, answering_since: datetime = LONG_AGO) -> None:
    """One look of the watch at that time, at a server that has answered since then."""
    await continue_interrupted_runs(client, POOL, at, answering_since)


@pytest.fixture
def play(prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Story], None]:
    """Play a story against the server, on a machine whose notes are this test's own."""
    monkeypatch.setenv("CREDEX_WORK_DIR", str(tmp_path / "runs"))

    async def told(story: Story) -> None:
        async with get_client() as client:
            await story(client)

    return lambda story: asyncio.run(told(story))


def test_a_run_whose_process_was_killed_goes_on_within_seconds(play: Callable[[Story], None]) -> None:
    """It is found by its process id, not by its silence; it is scheduled once its crash has settled."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        process = await start_process(client, run)
        await kill(process)
        await look(client, now())
        kind, _, message = await standing(client, run)
        assert kind is StateType.CRASHED
        assert f"process {process.pid} does not run any more" in message
        await look(client, now())
        assert (await standing(client, run))[0] is StateType.CRASHED  # the worker may report it once more
        await look(client, now() + SETTLED + LATER)
        assert (await standing(client, run))[:2] == (StateType.SCHEDULED, "AwaitingRetry")

    play(story)


def test_a_run_whose_process_lives_is_left_alone(play: Callable[[Story], None]) -> None:
    """However often anybody looks."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        process = await start_process(client, run)
        try:
            for seconds in (0, 30, 60):
                await look(client, now() + timedelta(seconds=seconds))
            assert (await standing(client, run))[0] is StateType.RUNNING
        finally:
            await kill(process)

    play(story)


def test_the_process_of_an_earlier_attempt_says_nothing_about_this_one(
    play: Callable[[Story], None],
) -> None:
    """A continued run has a new process; that the first one is gone is no news."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        await kill(await start_process(client, run))
        second = await start_process(client, run)
        try:
            await look(client, now())
            assert (await standing(client, run))[0] is StateType.RUNNING
        finally:
            await kill(second)

    play(story)


def test_a_process_of_another_machine_is_judged_by_its_heartbeats(play: Callable[[Story], None]) -> None:
    """No process of its id runs here, which proves nothing; two missed heartbeats and a margin do."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        await bring_to(client, run, Pending(), Running())
        await client.update_flow_run(run, infrastructure_pid="999999999")
        state = (await read(client, run)).state
        assert state is not None
        await look(client, state.timestamp + SILENCE - timedelta(seconds=5))
        assert (await standing(client, run))[0] is StateType.RUNNING
        heard = await _heartbeat(client, run)
        await look(client, heard + SILENCE - timedelta(seconds=5))
        assert (await standing(client, run))[0] is StateType.RUNNING
        await look(client, heard + SILENCE + LATER)
        assert ["no heartbeat for" in message for message in await crashes(client, run)] == [True]

    play(story)


async def _heartbeat(client: PrefectClient, run: UUID) -> datetime:
    """Say that the run lives, as its own process does, wait until the server has heard it, and tell when."""
    occurred = now()
    event = {
        "id": str(uuid4()),
        "occurred": occurred.isoformat(),
        "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
    }
    (await client.request("POST", "/events", json=[event])).raise_for_status()
    run_before = await read(client, run)
    assert run_before.state is not None
    with anyio.fail_after(30):
        while await watch._last_heartbeat(client, run_before) <= run_before.state.timestamp:
            await anyio.sleep(0.2)
    return occurred


@pytest.mark.parametrize(("states", "patience"), [([Pending()], START), ([Pending(), Running()], SILENCE)])
def test_silence_counts_from_when_the_server_answers_again(
    play: Callable[[Story], None], states: list[State], patience: timedelta
) -> None:
    """Nobody was heard meanwhile: called dead at once, a run that lives elsewhere would run twice."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        await bring_to(client, run, *states)
        back = now() + timedelta(minutes=10)
        await look(client, back, answering_since=back)
        await look(client, back + patience - LATER, answering_since=back)
        assert await crashes(client, run) == []
        await look(client, back + patience + LATER, answering_since=back)
        assert len(await crashes(client, run)) == 1

    play(story)


def test_a_suspended_run_is_left_alone_for_days(play: Callable[[Story], None]) -> None:
    """Its process has ended because it waits for a person, not because anything went wrong."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        process = await start_process(client, run)
        await bring_to(client, run, Suspended(timeout_seconds=7 * 24 * 3600))
        await kill(process)
        await look(client, now() + timedelta(days=2))
        assert (await standing(client, run))[:2] == (StateType.PAUSED, "Suspended")

    play(story)


def test_a_run_that_no_worker_ever_started_is_handed_out_again(play: Callable[[Story], None]) -> None:
    """The worker took it and died before it began."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        await bring_to(client, run, Pending())
        await look(client, now() + START - timedelta(seconds=5))
        assert (await standing(client, run))[0] is StateType.PENDING
        await look(client, now() + START + LATER)
        assert ["it was never started" in message for message in await crashes(client, run)] == [True]
        await look(client, now() + SETTLED + LATER)
        assert (await standing(client, run))[0] is StateType.SCHEDULED

    play(story)


class KilledError(Exception):
    """Stands for the end of the process that raises it."""


def test_a_run_whose_withdrawal_was_killed_is_cancelled_and_never_begins(
    play: Callable[[Story], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was claimed for that alone; continued, it would deploy what a cancelled CI job took back."""

    def killed(message: str) -> None:
        raise KilledError(message)

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        monkeypatch.setattr(withdrawing, "Cancelled", killed)
        with get_client(sync_client=True) as job, pytest.raises(KilledError):
            withdraw(job, run)
        await look(client, now() + START - timedelta(seconds=5))
        assert (await standing(client, run))[0] is StateType.PENDING
        await look(client, now() + START + LATER)
        assert await standing(client, run) == (StateType.CANCELLED, "Cancelled", WITHDRAWN)
        await look(client, now() + SETTLED + LATER)
        assert (await standing(client, run))[0] is StateType.CANCELLED

    play(story)


def test_a_run_that_starts_slowly_gets_no_second_process(play: Callable[[Story], None]) -> None:
    """Two processes of one run would apply its plan at the same time."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        process = await start_process(client, run)
        await bring_to(client, run, Pending())
        await look(client, now() + START + LATER)
        assert (await standing(client, run))[0] is StateType.PENDING
        await kill(process)
        await look(client, now() + START + LATER)
        assert await crashes(client, run) == ["The run's process is gone: it was never started."]

    play(story)


def test_a_run_that_dies_each_time_it_is_started_is_left_to_people(play: Callable[[Story], None]) -> None:
    """It went on MOST_STARTS - 1 times before."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        for _ in range(MOST_STARTS - 1):
            await bring_to(client, run, Running(), Crashed())
        await look(client, now() + SETTLED + LATER)
        assert (await standing(client, run))[0] is StateType.SCHEDULED
        await bring_to(client, run, Running(), Crashed())
        assert (await read(client, run)).run_count == MOST_STARTS
        await look(client, now() + SETTLED + LATER)
        assert (await standing(client, run))[0] is StateType.CRASHED

    play(story)


def test_a_run_that_dies_each_time_before_it_begins_is_given_up(play: Callable[[Story], None]) -> None:
    """Such a start does not count as one; whoever waits for the run learns that nothing comes any more."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        for _ in range(MOST_CRASHES - 1):
            await bring_to(client, run, Pending(), Crashed())
        await look(client, now() + SETTLED + LATER)
        assert (await standing(client, run))[0] is StateType.SCHEDULED
        await bring_to(client, run, Pending(), Crashed())
        assert not has_ended(await read(client, run), now())
        await look(client, now() + SETTLED + LATER)
        given_up = await read(client, run)
        assert has_ended(given_up, now())
        assert given_up.state_name == GIVEN_UP
        await look(client, now() + SETTLED + LATER + SETTLED + LATER)
        assert await read(client, run) == given_up

    play(story)


def test_an_old_crash_is_left_to_people(play: Callable[[Story], None]) -> None:
    """What the run was to change may have been changed otherwise since."""

    async def story(client: PrefectClient) -> None:
        run = await deployed_run(client)
        await bring_to(client, run, Running(), Crashed())
        await look(client, now() + RECENT + LATER)
        assert (await standing(client, run))[0] is StateType.CRASHED

    play(story)
