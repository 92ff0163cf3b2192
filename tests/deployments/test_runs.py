"""Following a flow run over the API of a real Prefect server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from queue import Queue
from uuid import UUID, uuid4

import httpx
import pytest
from prefect import flow, task
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import LogCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterIdempotencyKey
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import Cancelled, Completed, Crashed, Running

from deployments.runs import Say, follow, has_ended, prefect, start
from models.names import Scenario
from models.request import VerificationRequest
from tasks.crashed import MOST_STARTS, RECENT

pytestmark = pytest.mark.sandbox

FOLLOW_SECONDS = 60


@flow(name="verification")
def verification() -> None:
    """Never run, as the next."""


@flow(name="told")
def told() -> None:
    """Never run: its runs exist in Prefect's database alone."""


@task(name="Apply the plan")
def apply_the_plan() -> None:
    """Never run, as the flow."""


def write_log(client: SyncPrefectClient, run: UUID, step: UUID | None, message: str) -> None:
    """Have the server keep a line of the run's log."""
    line = LogCreate(
        name="prefect.task_runs",
        level=20,
        message=message,
        timestamp=datetime.now(UTC),
        flow_run_id=run,
        task_run_id=step,
    )
    client.request("POST", "/logs/", json=[line.model_dump(mode="json")])


def test_lines_of_a_step_wait_until_the_server_knows_its_name(prefect_api: str) -> None:
    """The server learns of a step by an event, which may come after the step's first lines."""
    step, said = uuid4(), Queue[str]()
    with prefect() as client, ThreadPoolExecutor() as threads:
        run = client.create_flow_run(told, state=Running()).id
        write_log(client, run, None, "of the run")
        write_log(client, run, step, "first of the step")
        write_log(client, run, step, "second of the step")
        end = threads.submit(copy_context().run, _follow, run, said.put)
        assert said.get(timeout=FOLLOW_SECONDS) == "    of the run"
        client.create_task_run(apply_the_plan, run, dynamic_key="0", id=step, name="Apply the plan")
        client.set_flow_run_state(run, Completed())
        assert end.result().state_type is StateType.COMPLETED
    assert list(said.queue) == ["Apply the plan", "    first of the step", "    second of the step"]


def _follow(run: UUID, say: Say) -> FlowRun:
    with prefect() as client:
        return follow(client, run, FOLLOW_SECONDS, say)


class Busy(httpx.HTTPTransport):
    """Lets every request through, but loses the answers to the first few that would start a run."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As the server answers, or 503 in its place."""
        answer = super().handle_request(request)
        if request.url.path.endswith("/create_flow_run") and self.left:
            self.left -= 1
            answer.read()
            return httpx.Response(503, request=request)
        return answer


def test_a_busy_server_is_asked_again_and_starts_one_run(prefect_api: str) -> None:
    """Also where it had started the run, and only its answer went lost."""
    busy, key = Busy(2), str(uuid4())
    request = VerificationRequest(environment="development")
    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}), prefect() as plain:
        plain.create_deployment(plain.create_flow(verification), "verification")
        with get_client(sync_client=True, httpx_settings={"transport": busy}) as client:
            started = start(client, Scenario.VERIFICATION, request, key)
        assert busy.left == 0
        assert start(plain, Scenario.VERIFICATION, request, key).id == started.id
        there = plain.read_flow_runs(
            flow_run_filter=FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=[key]))
        )
    assert [run.id for run in there] == [started.id]


@contextmanager
def served(*looks: FlowRun | int) -> Iterator[SyncPrefectClient]:
    """A client of a server that answers each look at the run with the next of these: the run, or an error."""
    left = iter(looks)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/logs/filter"):
            return httpx.Response(200, json=[], request=request)
        look = next(left)
        if isinstance(look, int):
            return httpx.Response(look, request=request)
        return httpx.Response(200, text=look.model_dump_json(), request=request)

    settings = {"client.max_retries": 0, "client.csrf_support_enabled": False}
    transport = httpx.MockTransport(handle)
    with (
        temporary_settings(settings),
        SyncPrefectClient("http://127.0.0.1:9/api", httpx_settings={"transport": transport}) as client,
    ):
        yield client


def as_it_stands(state: State, *, starts: int = 1) -> FlowRun:
    """A run in this state that was started so often."""
    return FlowRun(name="long", flow_id=uuid4(), state=state, run_count=starts)


@pytest.mark.parametrize("status", [500, 504])
def test_a_run_is_followed_through_a_failover_of_the_server(status: int) -> None:
    """A job that waits for hours would fail for one such answer while its deployment goes on."""
    with served(status, status, run := as_it_stands(Completed())) as client:
        assert follow(client, run.id, FOLLOW_SECONDS, print).id == run.id


def test_a_crashed_run_has_ended_when_no_worker_continues_it_any_more() -> None:
    """A job that took it for dead sooner, and is run again, would start another one beside it."""
    crash: State = Crashed(timestamp=datetime.now(UTC))
    soon, late = crash.timestamp + RECENT - timedelta(minutes=1), crash.timestamp + RECENT
    assert not has_ended(as_it_stands(crash), soon)
    assert has_ended(as_it_stands(crash), late)
    assert has_ended(as_it_stands(crash, starts=MOST_STARTS), soon)


def test_whoever_waits_for_a_crashed_run_reads_for_what_and_how_to_end_it() -> None:
    """It may be for an hour, where no worker is left to continue it."""
    said: list[str] = []
    crashed = as_it_stands(Crashed(timestamp=datetime.now(UTC)))
    with served(crashed, crashed, as_it_stands(Cancelled())) as client:
        follow(client, crashed.id, FOLLOW_SECONDS, said.append)
    assert len(said) == 1, said
    assert "A worker continues it" in said[0]
    assert "To end it instead" in said[0]


def test_a_run_that_is_left_crashed_is_not_said_to_be_continued() -> None:
    """Joined by a job that is run again, days later."""
    said: list[str] = []
    crashed = as_it_stands(Crashed(timestamp=datetime.now(UTC) - RECENT))
    with served(crashed) as client:
        follow(client, crashed.id, FOLLOW_SECONDS, said.append)
    assert said == []
