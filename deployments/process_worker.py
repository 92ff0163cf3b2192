"""Prefect's own process worker, and beside it the watch that continues interrupted runs."""

from __future__ import annotations

import os
from uuid import UUID

import anyio
from anyio.abc import TaskStatus
from prefect.client.schemas.objects import FlowRun
from prefect.utilities.processutils import setup_signal_handlers_worker
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from deployments.interrupted import watch_interrupted_runs
from deployments.processes import note_process


class Worker(ProcessWorker):
    """Prefect's process worker, which also notes on its own machine which process runs which flow run."""

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Run the flow run in a process of its own.

        What waited for the process has reported a crash by now. Told of it here, Prefect would report it once
        more, seconds later, and so crash a run that goes on already and start it in a second process.
        """
        noting = _Noting(flow_run.id, task_status) if task_status else None
        ended = await super().run(flow_run, configuration, noting)
        return ended.model_copy(update={"status_code": 0})


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


def run(pool: str) -> None:
    """Work for the pool in this process until it is told to stop."""
    setup_signal_handlers_worker(os.getpid(), "the worker", print)
    anyio.run(work, pool)


async def work(pool: str) -> None:
    """Run flow runs of the work pool, and continue interrupted ones."""
    worker = Worker(work_pool_name=pool)
    async with anyio.create_task_group() as group:
        group.start_soon(watch_interrupted_runs, pool)
        await worker.start()
        group.cancel_scope.cancel()
