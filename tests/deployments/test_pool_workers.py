"""Which workers a pool has, by the word of a real Prefect server."""

from __future__ import annotations

import uuid

import pytest
from prefect.client.schemas.actions import WorkPoolCreate

from deployments.pool_workers import online_workers
from deployments.runs import prefect
from models.errors import SetUpError

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]


def test_a_pool_that_is_not_there_is_to_be_made() -> None:
    """The server answers 404, and its log would say no more."""
    with pytest.raises(SetUpError) as caught, prefect() as client:
        online_workers(client, "credex")
    assert caught.value.problem == "There is no work pool credex."
    assert caught.value.next_step == (
        "Run: prefect work-pool create credex --type process "
        "--base-job-template deployments/job-template.json"
    )


def test_workers_are_those_that_call_the_server() -> None:
    """A pool that nobody serves has none."""
    pool = f"served-{uuid.uuid4()}"
    with prefect() as client:
        client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
        assert online_workers(client, pool) == []
        client.request(
            "POST",
            "/work_pools/{work_pool_name}/workers/heartbeat",
            path_params={"work_pool_name": pool},
            json={"name": "anne", "heartbeat_interval_seconds": 30},
        )
        assert online_workers(client, pool) == ["anne"]
