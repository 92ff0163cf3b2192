"""Flow runs in every state between life and death, made over Prefect's API, with real processes behind."""

from __future__ import annotations

import subprocess
import sys
import uuid
from datetime import UTC, datetime
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Pending, Running

from deployments.processes import note_process

POOL = "watched"


@flow(name="interrupted")
def interrupted() -> None:
    """Never run: its runs exist in Prefect's database alone."""


async def deployed_run(client: PrefectClient) -> UUID:
    """A flow run of a deployment that no worker serves."""
    flow_id = await client.create_flow(interrupted)
    await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
    deployment = await client.create_deployment(flow_id, f"of-{uuid.uuid4()}", work_pool_name=POOL)
    return (await client.create_flow_run_from_deployment(deployment)).id


async def bring_to(client: PrefectClient, run: UUID, *states: State) -> None:
    """Take the run through these states, whatever Prefect's rules say."""
    for state in states:
        await client.set_flow_run_state(run, state, force=True)


async def start_process(client: PrefectClient, run: UUID) -> subprocess.Popen[bytes]:
    """Run the flow run in a process, as the worker does: started, noted, told to Prefect, running."""
    await bring_to(client, run, Pending())
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    note_process(run, process.pid)
    await client.update_flow_run(run, infrastructure_pid=str(process.pid))
    await bring_to(client, run, Running())
    return process


async def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process for good."""
    process.kill()
    process.wait()


async def standing(client: PrefectClient, run: UUID) -> tuple[StateType, str, str]:
    """The run's state: type, name and message."""
    state = (await client.read_flow_run(run)).state
    assert state is not None
    return state.type, state.name or "", state.message or ""


async def crashes(client: PrefectClient, run: UUID) -> list[str]:
    """What was said each time that the run was called dead."""
    states = await client.read_flow_run_states(run)
    return [state.message or "" for state in states if state.type is StateType.CRASHED]


async def read(client: PrefectClient, run: UUID) -> FlowRun:
    """The run as Prefect has it."""
    return await client.read_flow_run(run)


def now() -> datetime:
    """The time that Prefect's server goes by."""
    return datetime.now(UTC)
