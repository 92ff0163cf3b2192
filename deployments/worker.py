"""The worker: Prefect's own process worker, and beside it the watch that continues interrupted runs.

Started by `credex worker`, or as `python -m deployments.worker`.
"""

from __future__ import annotations

import os

import anyio
from prefect.workers.process import ProcessWorker

from deployments.interrupted import HEARTBEAT_SECONDS, watch_interrupted_runs

WORK_POOL = "credex"

_DEFAULTS = {
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
}
"""Settings of Prefect that the product relies on; an operator's own win."""


async def work(pool: str = WORK_POOL) -> None:
    """Run flow runs of the work pool until this process is told to stop."""
    worker = ProcessWorker(work_pool_name=pool)
    async with anyio.create_task_group() as group:
        group.start_soon(watch_interrupted_runs)
        await worker.start()
        group.cancel_scope.cancel()


def main() -> None:
    """Run the worker in this process; SIGTERM and SIGINT stop it."""
    from prefect.utilities.processutils import setup_signal_handlers_worker  # noqa: PLC0415

    setup_signal_handlers_worker(os.getpid(), "the worker", print)
    anyio.run(work)


if __name__ == "__main__":
    main()
