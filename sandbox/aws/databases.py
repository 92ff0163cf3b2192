"""Runs a real Neo4j for each EC2 instance that is a database, with its data on the instance's data volume.

An instance is a database by its tags (see `hosts`); its Neo4j runs while the instance does and its data
volume is attached. The version is the one tagged when Neo4j was installed, at its first start. A Neo4j that
ends by itself is started again, after a pause that doubles each time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from moto.ssm.models import Parameter

from models.errors import SetUpError
from sandbox.aws.backends import LOCK, ssm
from sandbox.aws.hosts import PASSWORD_TAG, VERSION_TAG, Host, Hosts
from sandbox.neo4j.server import Neo4jServer

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
FENCE_FILE = "read-only"

STEADY_SECONDS = 30.0
"""A server that ran this long is well: its next restart waits no longer than the first."""

_log = logging.getLogger(__name__)


class Database:
    """Neo4j on one machine."""

    def __init__(self, host: Host, data: Path, clock: Callable[[], float]) -> None:
        self.machine = host.machine
        self.data = data
        self.version = host.tags[VERSION_TAG]
        self._password_parameter = host.tags.get(PASSWORD_TAG)
        self._clock = clock
        self._started_at: float | None = None
        self._pause = FIRST_PAUSE_SECONDS
        self._not_before = 0.0
        machine = self.machine
        self._server = Neo4jServer(
            self.version, machine.address, machine.neo4j_home, data / "data", machine.log
        )

    @property
    def runs(self) -> bool:
        """Whether the server's process is there."""
        return self._started_at is not None and self._server.poll() is None

    def converge(self, *, wanted: bool) -> None:
        """Start or stop the server, whichever is due."""
        if wanted and not self.runs:
            self._start_when_due()
        elif not wanted:
            self.stop()

    def stop(self) -> None:
        """Let the server close its store and end."""
        if self._started_at is not None:
            self._server.stop()
            self._started_at = None
            self._pause, self._not_before = FIRST_PAUSE_SECONDS, 0.0
            _log.info("Neo4j on %s stopped", self.machine.instance_id)
        self.machine.tell(active=False)

    def _start_when_due(self) -> None:
        self._note_the_end()
        if self._clock() < self._not_before:
            return
        self._not_before = self._clock() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        self._start()

    def _note_the_end(self) -> None:
        """Publish that a server has ended by itself, and be patient again after one that had run well."""
        if self._started_at is None:
            return
        self.machine.tell(active=False)
        _log.warning("Neo4j on %s ended with %s", self.machine.instance_id, self._server.poll())
        if self._clock() - self._started_at > STEADY_SECONDS:
            self._pause, self._not_before = FIRST_PAUSE_SECONDS, 0.0
        self._started_at = None

    def _start(self) -> None:
        self.machine.prepare(self.version)
        self._server.settings = _settings(self.machine.settings_file) | self._fence()
        if not self._server.has_password and self._password_parameter:
            self._server.set_initial_password(_password(self._password_parameter))
        self._server.start()
        self._started_at = self._clock()
        self.machine.tell(active=True)
        _log.info("Neo4j %s on %s started", self.version, self.machine.address)

    def _fence(self) -> dict[str, str]:
        """What a file on the data volume asks for, as the real machine's unit does before each start."""
        is_fenced = (self.data / FENCE_FILE).exists()
        return {"server.databases.default_to_read_only": "true"} if is_fenced else {}


class DatabasesReconciler:
    """Keeps each database in line with its instance; in a job each, since a start takes seconds."""

    name = "databases"

    def __init__(self, hosts: Hosts, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._hosts = hosts
        self._clock = clock
        self._databases: dict[str, Database] = {}
        self._jobs: dict[str, Future[None]] = {}
        self._workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database")

    def step(self) -> None:
        """Give every database that has no job its next one; raises what a finished job raised."""
        self._hosts.remove_unknown()
        ended = self._take_ended_jobs()
        hosts = {host.machine.instance_id: host for host in self._hosts.all() if host.is_database}
        for instance_id, host in hosts.items():
            self._admit(instance_id, host)
        for instance_id, database in list(self._databases.items()):
            if instance_id not in self._jobs:
                self._attend(instance_id, database, hosts.get(instance_id))
        for job in ended:
            job.result()

    def close(self) -> None:
        """Stop every server."""
        self._workers.shutdown(wait=True)
        for database in self._databases.values():
            database.stop()

    def _take_ended_jobs(self) -> list[Future[None]]:
        ended = [instance_id for instance_id, job in self._jobs.items() if job.done()]
        return [self._jobs.pop(instance_id) for instance_id in ended]

    def _admit(self, instance_id: str, host: Host) -> None:
        """Take in a database once nobody else uses its volume or its address any more."""
        if instance_id in self._databases or not host.is_running or host.data is None:
            return
        for other in self._databases.values():
            if other.data == host.data or other.machine.address == host.machine.address:
                return
        host.machine.boot()
        self._databases[instance_id] = Database(host, host.data, self._clock)

    def _attend(self, instance_id: str, database: Database, host: Host | None) -> None:
        has_ground = host is not None and host.is_running and host.data == database.data
        if has_ground:
            wanted = database.machine.wants_database()
            if wanted != database.runs:
                self._jobs[instance_id] = self._workers.submit(database.converge, wanted=wanted)
        elif database.runs:
            self._jobs[instance_id] = self._workers.submit(database.stop)
        else:
            database.stop()
            del self._databases[instance_id]


def _password(parameter_name: str) -> str:
    """Read the first password as user data would, with the instance's role.

    Raises:
        SetUpError: there is no such parameter.

    """
    with LOCK:
        parameter: Parameter | None = ssm().get_parameter(parameter_name)
        if parameter is None:
            raise SetUpError(
                f"The SSM parameter {parameter_name} with a database's first password is not there.",
                next_step="Write it before the instance is created.",
            )
        return str(parameter.decrypt(parameter.value))


def _settings(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}
