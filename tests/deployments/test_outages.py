"""A worker outlasts whatever Prefect's server does: it goes on asking, and none of its runs ends for it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, WorkPool
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import temporary_settings
from prefect.states import Running, Scheduled
from prefect.workers import base

from deployments import interrupted
from deployments.outages import Outages
from deployments.process_worker import Worker
from deployments.worker import DEFAULTS

NOWHERE = "http://127.0.0.1:9/api"
ERRORS_THAT_PREFECT_BEARS = 12
SYNC = "/work_pools/pool"
BEAT = f"{SYNC}/workers/heartbeat"
POLL = f"{SYNC}/get_scheduled_flow_runs"
POOL = WorkPool(
    name="pool", type="process", base_job_template={"variables": {}}, default_queue_id=uuid.uuid4()
)
DUE = FlowRun(name="due", flow_id=uuid.uuid4(), deployment_id=uuid.uuid4(), state=Scheduled())
HAND_OUT = f"/deployments/{DUE.deployment_id}"
FIND, HEARTBEATS = "/flow_runs/filter", "/events/filter"
SILENT = FlowRun(
    name="silent", flow_id=uuid.uuid4(), state=Running(timestamp=datetime.now(UTC) - timedelta(hours=1))
)

Answer = Callable[[httpx.Request], httpx.Response]


class Server:
    """Stands for Prefect's: notes what it is asked, and answers as it should or with an error."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.due: list[FlowRun] = []
        self.missed: list[FlowRun] = []
        self.error: Answer | None = None

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.path.removeprefix("/api")
        self.asked.append(path)
        if self.error:
            return self.error(request)
        bodies = {
            SYNC: POOL.model_dump_json(),
            POLL: _listed(_handed_out(run) for run in self.due),
            FIND: _listed(run.model_dump_json() for run in self._found(request)),
            HEARTBEATS: '{"events": []}',
        }
        if path in bodies:
            return httpx.Response(200, text=bodies[path])
        return httpx.Response({BEAT: 204, HAND_OUT: 500}.get(path, 404))

    def _found(self, request: httpx.Request) -> list[FlowRun]:
        if b"SCHEDULED" in request.content:
            return self.missed
        return [SILENT] if b"RUNNING" in request.content else []

    async def is_asked(self, path: str, times: int) -> None:
        """Wait until it was asked for this so many times more."""
        wanted = self.asked.count(path) + times
        async with asyncio.timeout(10):
            while self.asked.count(path) < wanted:
                await asyncio.sleep(0.005)


def _listed(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"


def _handed_out(run: FlowRun) -> str:
    return WorkerFlowRunResponse(
        work_pool_id=POOL.id, work_queue_id=POOL.default_queue_id, flow_run=run
    ).model_dump_json()


def _says(status: int) -> Answer:
    return lambda request: httpx.Response(status, request=request)


def _says_nothing(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("", request=request)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server that this test's worker asks every few milliseconds."""
    server = Server()
    transport = httpx.MockTransport(server.handle)
    for module in (base, interrupted):
        monkeypatch.setattr(
            module, "get_client", lambda: PrefectClient(NOWHERE, httpx_settings={"transport": transport})
        )
    monkeypatch.setattr(base, "emit_event", lambda *_, **__: None)
    with temporary_settings(
        {
            "api.url": NOWHERE,
            "client.csrf_support_enabled": False,
            "client.max_retries": 0,
            "logging.to_api.enabled": False,
            "worker.query_seconds": 0.002,
            "worker.heartbeat_seconds": 0.002,
            "worker.enable_cancellation": False,
        }
    ):
        yield server


@asynccontextmanager
async def _working(server: Server) -> AsyncIterator[asyncio.Task[None]]:
    """A worker that has begun to ask for runs, until the block ends."""
    work = asyncio.create_task(Worker("pool").start(printer=lambda *_: None))
    try:
        await server.is_asked(POLL, 2)
        yield work
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


@pytest.mark.parametrize(
    "error",
    [_says(500), _says(504), _says(401), _says(403), _says_nothing],
    ids=["failing over", "behind a balancer", "other password", "forbidden", "silent"],
)
def test_an_outage_ends_no_worker_and_is_told_once(
    server: Server, error: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    """Prefect's own worker ends after some errors, or one refusal, and kills what it runs."""

    async def story() -> None:
        async with _working(server) as work:
            server.error = error
            for path in (FIND, SYNC):
                await server.is_asked(path, 2 * ERRORS_THAT_PREFECT_BEARS)
            server.error = None
            for path in (POLL, SYNC):
                await server.is_asked(path, 2)
            assert not work.done()

    asyncio.run(story())
    for loop in ("Asking for flow runs", "Telling of this worker"):
        told = [message for message in caplog.messages if message.startswith(loop)]
        assert ["does not answer" in line for line in told] == [True, False], told


def test_a_run_that_cannot_be_handed_out_just_then_is_asked_for_again(server: Server) -> None:
    """An error at that moment alone would end the worker, and leave this run to nobody."""

    async def story() -> None:
        async with _working(server) as work:
            server.due = [DUE]
            await server.is_asked(HAND_OUT, 2)
            assert not work.done()

    asyncio.run(story())


def test_what_was_missed_in_an_outage_does_not_start_all_at_once(server: Server) -> None:
    """Of one schedule's runs, all but the newest are dropped before the worker asks for what is due."""
    missed = [
        FlowRun(name="missed", flow_id=uuid.uuid4(), auto_scheduled=True, expected_start_time=hour)
        for hour in (datetime(2026, 11, 27, hour, tzinfo=UTC) for hour in (1, 2))
    ]

    async def story() -> None:
        async with _working(server):
            server.error = _says(500)
            await server.is_asked(FIND, 2)
            server.missed, server.asked, server.error = missed, [], None
            await server.is_asked(POLL, 1)

    asyncio.run(story())
    asked = [path for path in server.asked if path in {FIND, POLL} or path.endswith("/set_state")]
    assert asked[:3] == [FIND, f"/flow_runs/{missed[0].id}/set_state", POLL]


def test_a_run_that_could_not_be_heard_is_not_dead(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It may live on another machine; its next heartbeat comes some time after the server is back."""
    monkeypatch.setenv("CREDEX_WORK_DIR", str(tmp_path))
    monkeypatch.setattr(interrupted, "_LOOK_EVERY_SECONDS", 0.002)
    server.error = _says(500)

    async def story() -> None:
        watch = asyncio.create_task(interrupted.watch_interrupted_runs("pool"))
        await server.is_asked(FIND, 2)
        server.error = None
        await server.is_asked(HEARTBEATS, 2)
        watch.cancel()

    asyncio.run(story())
    assert set(server.asked) == {FIND, HEARTBEATS}, "the run's state was set"


def test_the_server_answers_without_a_break_since_its_last_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Prefect's client has sat it out, which shows only in how long the answer took."""
    outages = Outages("Looking")
    start = outages.answering_since
    with outages.borne():
        pass
    assert outages.answering_since == start
    with outages.borne():
        raise httpx.ConnectError("")
    failed = outages.answering_since
    assert failed > start
    monkeypatch.setattr("deployments.outages._AT_ONCE", timedelta(0))
    with outages.borne():
        pass
    assert outages.answering_since > failed


def test_a_worker_that_is_refused_at_its_start_ends_with_the_reason(server: Server) -> None:
    """Whoever starts it has set a wrong credential."""
    server.error = _says(401)
    with pytest.raises(PrefectHTTPStatusError, match="401"):
        asyncio.run(Worker("pool").start())


@pytest.mark.parametrize("status", [500, 504])
def test_a_run_waits_for_a_server_whose_database_fails_over(status: int) -> None:
    """Prefect's client gives up at once there, and the run would fail for it in the middle of a change."""
    statuses = iter([status, 200])
    transport = httpx.MockTransport(lambda request: httpx.Response(next(statuses), request=request))

    async def story() -> None:
        async with PrefectClient(NOWHERE, httpx_settings={"transport": transport}) as client:
            assert (await client.request("GET", "/health")).status_code == 200

    with temporary_settings({"client.retry_extra_codes": DEFAULTS["PREFECT_CLIENT_RETRY_EXTRA_CODES"]}):
        asyncio.run(story())
