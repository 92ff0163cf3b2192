"""The worker: Prefect's own process worker, and beside it the watch that continues interrupted runs.

Started by `credex worker`, or as `python -m deployments.worker`.
"""

from __future__ import annotations

import os
from uuid import UUID

import anyio
from anyio.abc import TaskStatus
from prefect.client.schemas.objects import FlowRun
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from deployments.interrupted import HEARTBEAT_SECONDS, watch_interrupted_runs
from deployments.processes import note_process

WORK_POOL = "credex"

_DEFAULTS = {
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
}
"""Settings of Prefect that the product relies on; an operator's own win."""


class Worker(ProcessWorker):
    """Prefect's process worker, which also notes on its own machine which process runs which flow run."""

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Run the flow run in a process of its own."""
        noting = _Noting(flow_run.id, task_status) if task_status else None
        return await super().run(flow_run, configuration, noting)


class _Noting(TaskStatus[int]):
    """Notes a process id before it passes it on."""

    def __init__(self, run_id: UUID, task_status: TaskStatus[int]) -> None:
        self._run_id = run_id
        self._task_status = task_status

    def started(self, value: int | None = None) -> None:
        if value is None:
            raise ValueError("Prefect's process worker names the process that it started")
        note_process(self._run_id, value)
        self._task_status.started(value)


async def work(pool: str = WORK_POOL) -> None:
    """Run flow runs of the work pool until this process is told to stop."""
    worker = Worker(work_pool_name=pool)
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
