"""The workers of a work pool, as Prefect's server knows them."""

from __future__ import annotations

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import PrefectHTTPStatusError

from models.errors import SetUpError


def online_workers(client: SyncPrefectClient, pool: str) -> list[str]:
    """The names of the pool's workers that call the server.

    Raises SetUpError where there is no such pool.
    """
    try:
        answer = client.request(
            "POST",
            "/work_pools/{work_pool_name}/workers/filter",
            path_params={"work_pool_name": pool},
            json={},
        )
    except PrefectHTTPStatusError as error:
        if error.response.status_code != httpx.codes.NOT_FOUND:
            raise
        raise SetUpError(
            f"There is no work pool {pool}.",
            next_step=f"Run: prefect work-pool create {pool} --type process "
            "--base-job-template deployments/job-template.json",
        ) from None
    return [worker["name"] for worker in answer.json() if worker["status"] == "ONLINE"]
