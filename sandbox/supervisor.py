"""The process that is the sandbox: starts the parts in order, keeps them running, stops them in order.

Started by the guardian as `python -m sandbox.supervisor SETTINGS-FILE`; people use `credex sandbox`.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from models.errors import DeployError
from sandbox.cloud import local_aws, local_github
from sandbox.environments import enter_sandbox, write_environments
from sandbox.leftovers import MARK
from sandbox.neo4j.migrations import write_launcher
from sandbox.parts import Part, wait_until_healthy
from sandbox.prefect.database import database_answers, postgresql, prepare_database
from sandbox.prefect.parts import (
    ensure_work_pool,
    prefect_server,
    prefect_worker,
    register_deployments,
    workers_poll,
)
from sandbox.prefect.tables import lay_out_tables
from sandbox.record import Failure, PartRecord, ProcessId, Record, State
from sandbox.seed import seed
from sandbox.settings import Profile, SandboxSettings

SERVER_SECONDS = 240
"""How long Prefect's server may take, its first migration on a busy machine included (10 s on a free one)."""

WORKER_SECONDS = 120
LOOK_SECONDS = 0.5
RESTART_SECONDS = 2
"""A part that ends at once each time it is started is started no more often than this."""

_log = logging.getLogger("sandbox.supervisor")


class Supervisor:
    """One start of the sandbox, from its first process to its last."""

    def __init__(self, settings: SandboxSettings, mark: str) -> None:
        self._settings = settings
        self._began = time.monotonic()
        self._halt = threading.Event()
        self._aws = local_aws(settings)
        self._github = local_github(settings)
        self._server = prefect_server(settings)
        self._workers = [prefect_worker(settings, name) for name in settings.workers]
        self._databases = [postgresql(settings)] if settings.profile is Profile.TEAM else []
        self._parts: list[Part] = [
            self._aws,
            self._github,
            *self._databases,
            self._server,
            *self._workers,
        ]
        self._record = Record(
            settings=settings,
            mark=mark,
            guardian=ProcessId.of(os.getppid()),
            supervisor=ProcessId.of(os.getpid()),
            parts=[
                PartRecord(name=part.name, address=part.address, health_url=part.health_url)
                for part in self._parts
            ],
        )
        self._record.write()

    def halt(self) -> None:
        """Make `run` stop everything and return."""
        self._halt.set()

    def run(self) -> int:
        """Bring everything up, keep it up until `halt`, take it down; returns the exit code."""
        try:
            self._bring_up()
            self._keep_up()
        except DeployError as error:
            self._fail(error.problem, error.next_step)
        except Exception as error:  # noqa: BLE001 - whatever it was, it has to be shown and all stopped
            _log.exception("The sandbox failed")
            self._fail(f"The sandbox failed: {error!r}.", f"Read {self._settings.logs}/supervisor.log.")
        finally:
            self._take_down()
        return 0 if self._record.failure is None else 1

    def _bring_up(self) -> None:
        """The server is started first and awaited last, because it takes longest."""
        write_environments(self._settings)
        write_launcher(self._settings.programs)
        enter_sandbox(self._settings)
        if self._settings.profile is Profile.SINGLE:
            lay_out_tables(self._settings)
        self._bring_up_databases()
        self._server.start()
        for part in (self._aws, self._github):
            part.start()
            self._await(part, 30)
        seed(self._settings)
        self._await(self._server, SERVER_SECONDS)
        ensure_work_pool(self._settings)
        self._bring_up_workers()
        self._record.state = State.READY
        self._record.write()

    def _bring_up_databases(self) -> None:
        for database in self._databases:
            prepare_database(self._settings)
            database.start()
            self._await(database, 30, lambda: database_answers(self._settings))

    def _bring_up_workers(self) -> None:
        began = datetime.now(UTC)
        for worker, home in zip(self._workers, self._settings.workers.values(), strict=True):
            home.mkdir(parents=True, exist_ok=True)
            worker.start()
        register_deployments(self._settings)
        for count, worker in enumerate(self._workers, 1):
            self._await(worker, WORKER_SECONDS, partial(workers_poll, self._settings, began, count))

    def _await(self, part: Part, seconds: float, healthy: Callable[[], bool] | None = None) -> None:
        wait_until_healthy(part, within=seconds, healthy=healthy, halted=self._halt.is_set)
        entry = self._entry(part)
        entry.state = State.READY
        entry.process = part.process()
        entry.seconds = time.monotonic() - self._began
        self._record.write()

    def _keep_up(self) -> None:
        while not self._halt.wait(LOOK_SECONDS):
            for part in self._parts:
                if part.process() is None and not part.lost():
                    self._restart(part)

    def _restart(self, part: Part) -> None:
        _log.warning("%s ended; it is started again", part.name)
        if self._halt.wait(RESTART_SECONDS):
            return
        part.start()
        entry = self._entry(part)
        entry.process = part.process()
        entry.restarts += 1
        self._record.write()

    def _entry(self, part: Part) -> PartRecord:
        return next(entry for entry in self._record.parts if entry.name == part.name)

    def _fail(self, problem: str, next_step: str) -> None:
        self._record.state = State.FAILED
        self._record.failure = Failure(problem=problem, next_step=next_step)
        self._record.write()

    def _take_down(self) -> None:
        """Last started, first stopped."""
        for part in reversed(self._parts):
            try:
                part.stop()
            except Exception:  # noqa: BLE001 - one part's failure keeps none from stopping
                _log.exception("%s did not stop as it should", part.name)


def main(settings_file: Path) -> int:
    """Run the sandbox that the file describes until SIGTERM."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("sandbox").setLevel(logging.INFO)
    settings = SandboxSettings.model_validate_json(settings_file.read_text())
    supervisor = Supervisor(settings, os.environ[MARK])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.halt())
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
