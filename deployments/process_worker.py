"""Prefect's own process worker, which starts changes in turns, and the watch over interrupted runs."""

from __future__ import annotations

import logging
import os
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import anyio
from anyio.abc import TaskStatus
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.logging.loggers import flow_run_logger
from prefect.utilities.processutils import (
    command_to_string,
    get_sys_executable,
    setup_signal_handlers_worker,
)
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from deployments.interrupted import watch_interrupted_runs
from deployments.missed import drop_missed_runs
from deployments.outages import Outages
from deployments.processes import note_process
from deployments.turns import MOST_AT_ONCE, changed_environment, next_turns
from deployments.unfinished import watch_unfinished_runs

MAY_BE_SET = {"stream_output"}
"""The job variables that our deployments set; `job-template.json` has Prefect's server refuse all others."""

_log = logging.getLogger("prefect.workers.process")


class JobConfiguration(ProcessJobConfiguration):
    """Runs a flow run by Prefect's engine at once: in the worker's own Python, environment and folder.

    Without a command, Prefect first starts a process that fetches the flow's code and its requirements, which
    are installed here, and then the engine from that.

    Whoever may use Prefect's API may send job variables along with a flow run, or write them into a
    deployment or the work pool: a command, variables such as AWS_ENDPOINT_URL or PYTHONPATH, another folder.
    None counts but those of MAY_BE_SET.
    """

    @classmethod
    async def from_template_and_values(
        cls,
        base_job_template: dict[str, Any],  # noqa: ARG003 Prefect's own
        values: dict[str, Any],
        client: PrefectClient | None = None,  # noqa: ARG003 Prefect's own
    ) -> Self:
        """A configuration of our own, from no template; says which variables it ignores, but no values."""
        if ignored := sorted(set(values) - MAY_BE_SET):
            _log.warning("Job variables that were sent along are ignored: %r.", ignored)
        return cls(stream_output=values.get("stream_output") is True, working_dir=Path.cwd())

    def prepare_for_flow_run(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Prefect's own
        """Set the command before Prefect looks whether there is one."""
        self.command = command_to_string([get_sys_executable(), "-m", "prefect.engine"])
        super().prepare_for_flow_run(*args, **kwargs)


class Worker(ProcessWorker):
    """Prefect's process worker, which starts runs in turns and notes which process runs which of them.

    Whatever it asks of the server may fail: an error that got through would end the worker and all its runs.
    """

    job_configuration = JobConfiguration

    def __init__(self, work_pool_name: str) -> None:
        super().__init__(work_pool_name=work_pool_name)
        self._polling = Outages("Asking for flow runs")
        self._looked_for_missed: datetime | None = None
        self._syncing = Outages("Telling of this worker")
        self._starting = Outages("Starting a flow run")
        self._cancelling = Outages("Cancelling a flow run")
        self._under_way: dict[UUID, str] = {}
        self._running: set[UUID] = set()
        self._told: set[UUID] = set()

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Ask for the runs that are due, and start them."""
        with self._polling.borne():
            await self._drop_missed_runs()
            return await super().get_and_submit_flow_runs()
        return []

    async def _drop_missed_runs(self) -> None:
        """Once before the first runs, and after each outage, as all that were missed would start at once."""
        if self._looked_for_missed != self._polling.answering_since:
            await drop_missed_runs(self.client, self._work_pool_name, datetime.now(UTC))
            self._looked_for_missed = self._polling.answering_since

    async def _sync_and_initialize(self) -> None:
        """Tell the server that the worker is there; one that is refused at its very start ends at once."""
        with self._syncing.borne() if self.is_setup else nullcontext():
            await super()._sync_and_initialize()

    async def _submit_run(self, flow_run: FlowRun) -> None:
        """Hand a run to a process; one that the server failed to hand out is asked for again."""
        with self._starting.borne():
            await super()._submit_run(flow_run)
        self._submitting_flow_run_ids.discard(flow_run.id)

    async def _cancel_run(self, flow_run_id: UUID) -> None:
        """Cancel a run that has not begun."""
        with self._cancelling.borne():
            await super()._cancel_run(flow_run_id)

    async def _submit_scheduled_flow_runs(
        self, flow_run_response: list[WorkerFlowRunResponse]
    ) -> list[FlowRun]:
        """Start those of the waiting runs whose turn it is; the others read once what they wait for."""
        alive = self._running | self._submitting_flow_run_ids
        self._under_way = {run: place for run, place in self._under_way.items() if run in alive}
        turns = next_turns((entry.flow_run for entry in flow_run_response), self._under_way)
        self._under_way |= {run.id: changed_environment(run) for run in turns.begin}
        self._tell([run for run in turns.wait if run.id not in self._told])
        self._told = {run.id for run in turns.wait}
        begin = {run.id for run in turns.begin}
        return await super()._submit_scheduled_flow_runs(
            [entry for entry in flow_run_response if entry.flow_run.id in begin]
        )

    def _tell(self, waiting: list[FlowRun]) -> None:
        for run in waiting:
            flow_run_logger(run).info(
                "Waiting for its turn: %d others that change %s are under way.",
                MOST_AT_ONCE,
                changed_environment(run),
            )

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
        self._running.add(flow_run.id)
        try:
            ended = await super().run(flow_run, configuration, noting)
        finally:
            self._running.discard(flow_run.id)
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
    """Run flow runs of the work pool, continue interrupted ones, and tell of those that nobody continues."""
    worker = Worker(work_pool_name=pool)
    async with anyio.create_task_group() as group:
        group.start_soon(watch_interrupted_runs, pool)
        group.start_soon(watch_unfinished_runs, pool)
        await worker.start()
        group.cancel_scope.cancel()
