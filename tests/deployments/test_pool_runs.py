"""All the runs of a pool are found, however many there are."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.settings import temporary_settings

from deployments.pool_runs import PAGE, runs_in

THEN = datetime(2026, 11, 27, 12, tzinfo=UTC)
RUNS = [FlowRun(name=f"late-{number}", flow_id=uuid4()) for number in range(2 * PAGE + 3)]


def test_runs_are_read_page_by_page_and_no_further_than_wanted() -> None:
    """A weekend's late runs are more than a page; those that crashed long ago are nobody's business."""
    bodies: list[dict[str, Any]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.read())
        bodies.append(body)
        page = RUNS[body["offset"] : body["offset"] + body["limit"]]
        return httpx.Response(
            200, text=f"[{','.join(run.model_dump_json() for run in page)}]", request=request
        )

    async def story() -> list[FlowRun]:
        transport = httpx.MockTransport(handle)
        async with PrefectClient("http://127.0.0.1:9/api", httpx_settings={"transport": transport}) as client:
            return await runs_in(client, "pool", [StateType.CRASHED], expected_by=THEN, ended_since=THEN)

    with temporary_settings({"client.csrf_support_enabled": False}):
        found = asyncio.run(story())
    assert [run.name for run in found] == [run.name for run in RUNS]
    assert len(bodies) == 3
    for body in bodies:
        assert body["flow_runs"]["expected_start_time"]["before_"].startswith("2026-11-27T12:00")
        assert body["flow_runs"]["end_time"]["after_"].startswith("2026-11-27T12:00")
