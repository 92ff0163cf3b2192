"""Of the changes that wait for a worker, a few of each environment begin; what began before goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
from prefect.client.schemas.objects import FlowRun

from deployments.story import sentence_of
from deployments.turns import CHANGES, MOST_AT_ONCE, URGENT, changed_environment, next_turns
from sandbox.settings import PROJECT
from systems.waiting import Pace, wait_for
from tests.deployments.holding import BEGUN, END, holding

POOL = "turns"
SOON = Pace(120, interval_seconds=0.2)
TOLD = f"Waiting for its turn: {MOST_AT_ONCE} others that change staging are under way."

environments = st.sampled_from(["development", "staging", "production"])
tags = st.sampled_from([[CHANGES], [CHANGES, URGENT], ["read-only"], []])
requests = environments.map(lambda name: {"environment": name}) | st.sampled_from(
    [{}, {"environment": None}, {"environment": ["production"]}, None, "production"]
)
runs = st.builds(
    lambda run_id, tags, request, run_count: FlowRun(
        id=run_id, name="run", flow_id=run_id, tags=tags, parameters={"request": request}, run_count=run_count
    ),
    st.uuids(),
    tags,
    requests,
    st.sampled_from([0, 0, 0, 1, 3]),
)


@given(
    st.lists(runs, max_size=40, unique_by=lambda run: run.id),
    st.lists(environments | st.just(""), max_size=8),
)
def test_each_run_begins_or_waits_and_who_waits_has_others_before_it(
    waiting: list[FlowRun], busy: list[str]
) -> None:
    """Nothing is lost or doubled; nobody waits in vain, and nobody is overtaken by one of its own kind."""
    under_way = {uuid4(): environment for environment in busy}
    turns = next_turns(waiting, under_way)
    begin, wait = [run.id for run in turns.begin], [run.id for run in turns.wait]
    ordered = [run.id for run in waiting]
    assert sorted([*begin, *wait], key=ordered.index) == ordered
    assert all(run.run_count == 0 and changed_environment(run) for run in turns.wait)
    new = Counter(changed_environment(run) for run in turns.begin if run.run_count == 0)
    for environment in {changed_environment(run) for run in turns.wait}:
        assert new[environment] == max(0, MOST_AT_ONCE - busy.count(environment))
        queue = [run.id for run in waiting if run.run_count == 0 and changed_environment(run) == environment]
        assert [run in wait for run in queue] == sorted(run in wait for run in queue)


def test_a_run_that_is_under_way_is_left_to_prefect() -> None:
    """It may be offered again before Prefect has heard that it was taken; it never waits for itself."""
    run = FlowRun(
        id=uuid4(), flow_id=uuid4(), tags=[CHANGES], parameters={"request": {"environment": "staging"}}
    )
    under_way = {run.id: "staging", uuid4(): "staging", uuid4(): "staging"}
    assert next_turns([run], under_way).begin == [run]


@pytest.mark.sandbox
def test_a_worker_starts_a_few_changes_of_an_environment_and_the_others_when_those_have_ended(
    prefect_api: str, tmp_path: Path
) -> None:
    """Who waits reads for whom, without a process; an urgent run does not wait."""
    environment = os.environ | {
        "PREFECT_API_URL": prefect_api,
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "CREDEX_WORK_DIR": str(tmp_path / "work"),
    }
    folders = [tmp_path / "first", tmp_path / "last"]
    program = f"from deployments.process_worker import run; run({POOL!r})"
    with get_client(sync_client=True) as client:
        begin = _deployed(client)
        first = [begin("staging", folders[0]) for _ in range(MOST_AT_ONCE)]
        waiting = begin("staging", folders[1])
        urgent = begin("staging", folders[1], URGENT)
        worker = subprocess.Popen([sys.executable, "-c", program], env=environment, cwd=PROJECT)
        try:
            assert wait_for(lambda: _have_begun(folders, {*first, urgent}), SOON), (
                "too few begin, or too many"
            )
            assert wait_for(lambda: _is_told(client, waiting), SOON)
            assert client.read_flow_run(waiting).run_count == 0
            (folders[0] / END).touch()
            assert wait_for(lambda: _have_begun(folders, {*first, urgent, waiting}), SOON)
            (folders[1] / END).touch()
            for run in (*first, waiting, urgent):
                assert wait_for(partial(_has_completed, client, run), SOON)
            assert _is_told(client, waiting)
        finally:
            worker.kill()
            worker.wait()


def _deployed(client: SyncPrefectClient) -> Callable[..., UUID]:
    """Starts runs of a flow that holds its environment; `folder` is where it leaves its mark."""
    client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    deployment = client.create_deployment(
        client.create_flow(holding),
        POOL,
        entrypoint="tests.deployments.holding.holding",
        work_pool_name=POOL,
        tags=[CHANGES],
    )

    def begin(environment: str, folder: Path, *tags: str) -> UUID:
        folder.mkdir(exist_ok=True)
        request = {"environment": environment, "folder": str(folder)}
        return client.create_flow_run_from_deployment(
            deployment, parameters={"request": request}, tags=tags
        ).id

    return begin


def _have_begun(folders: list[Path], runs: set[UUID]) -> bool | None:
    """Whether these, and no others, have left their marks."""
    marks = [mark.name.removeprefix(BEGUN) for folder in folders for mark in folder.glob(f"{BEGUN}*")]
    return set(map(UUID, marks)) == runs or None


def _is_told(client: SyncPrefectClient, run_id: UUID) -> bool | None:
    """Whether the run's log says for whom it waits, once."""
    logs = client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run_id])))
    told = [sentence_of(log) or "" for log in logs]
    return [sentence for sentence in told if sentence.startswith("Waiting")] == [TOLD] or None


def _has_completed(client: SyncPrefectClient, run_id: UUID) -> bool | None:
    state = client.read_flow_run(run_id).state
    return (state is not None and state.is_completed()) or None
