"""One database's machine, and what it is asked to do: SSM documents, run one at a time, awaited.

The documents are in terraform/modules/operations. Each may be sent again at any time: the machine goes on
where it was interrupted, and does nothing twice. The database itself is asked over Bolt, not from here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from models.command import CommandFailed
from models.environment import Environment
from models.errors import DeployError, Refused, ServiceUnavailable
from models.machine import Dump, MachineStatus
from models.names import DatabaseName
from systems.aws.commands import run_command
from systems.aws.instances import running_instance
from systems.aws.session import Aws
from systems.waiting import Pace, Progress

_REFUSED, _TRY_AGAIN = 3, 75
"""How the scripts' exit codes tell what was refused from what may work in a minute."""

_HOUR = 3600.0
_QUICK, _LONG = 10 * 60.0, 7 * _HOUR
"""Seconds; each is longer than the document's own limit, which ends a command on the machine itself."""


@dataclass(frozen=True)
class DatabaseMachine:
    """The machine that runs one database of one environment.

    Every method waits for the end, telling `on_progress` how it goes. All raise Refused (nothing was
    changed), ServiceUnavailable (trying again may help) or CommandFailed, in the machine's own words.
    """

    aws: Aws
    environment: Environment
    database: DatabaseName
    instance_id: str
    address: str
    interval_seconds: float = field(default=2.0, compare=False)

    def status(self, on_progress: Progress) -> MachineStatus:
        """State of the service, fence, space on the data volume, leftovers."""
        return _parsed(MachineStatus, self._run("status", {}, _QUICK, on_progress))

    def fence(self, work_id: str, on_progress: Progress) -> None:
        """Make the database read-only, whatever restarts it, and keep a copy of its store under `work_id`.

        Refused where the volume has no room for the copy. When this returns, Neo4j listens again.
        """
        self._run("fence", {"workId": work_id}, _LONG, on_progress)

    def unfence(self, on_progress: Progress) -> None:
        """Allow writes again."""
        self._run("unfence", {}, 2 * _HOUR, on_progress)

    def dump(self, work_id: str, backup_id: str, on_progress: Progress) -> Dump:
        """Dump the copy that `fence` made, check it and store it in the backups bucket; reads go on.

        Made before, the same dump is given back.
        """
        parameters = {"workId": work_id, **self._dump_to(backup_id)}
        return _parsed(Dump, self._run("dump", parameters, _LONG, on_progress))

    def start_scratch(self, dump: Dump, on_progress: Progress) -> str:
        """Restore the stored dump into a second Neo4j on this machine; the Bolt URL of that one.

        The database's own user and password open it.
        """
        return _url(self._run("scratch-start", self._stored(dump), _LONG, on_progress))

    def start_scratch_from_volume(self, volume_id: str, on_progress: Progress) -> str:
        """Start a second Neo4j on the data of an attached volume; its Bolt URL."""
        return _url(self._run("scratch-volume", {"volumeId": volume_id}, 2 * _HOUR, on_progress))

    def dump_volume(self, volume_id: str, backup_id: str, on_progress: Progress) -> Dump:
        """Dump the database on an attached volume to the backups bucket, checked; nothing else is touched.

        A second Neo4j must have run on it and been stopped: ServiceUnavailable where that closed nothing.
        """
        parameters = {"volumeId": volume_id, **self._dump_to(backup_id)}
        return _parsed(Dump, self._run("volume-dump", parameters, _LONG, on_progress))

    def stop_scratch(self, on_progress: Progress) -> None:
        """Stop the second Neo4j, remove its data, and let go of the volume that it ran on.

        A volume's database is closed by that.
        """
        self._run("scratch-stop", {}, _HOUR, on_progress)

    def restore(self, dump: Dump, on_progress: Progress) -> None:
        """Put the stored dump in the place of the database; fenced stays fenced.

        The data that was there is kept until `discard`. Also brings an older Neo4j up where a newer one has
        changed the data.
        """
        self._run("restore", self._stored(dump), _LONG, on_progress)

    def discard(self, on_progress: Progress) -> None:
        """Remove the copies that fencing made, whatever for, and what restores replaced or left."""
        self._run("discard", {}, _HOUR, on_progress)

    def _dump_to(self, backup_id: str) -> dict[str, str]:
        return {
            "database": self.database.value,
            "bucket": self.environment.aws.backups_bucket,
            "key": f"{self.database}/{backup_id}/neo4j.dump",
        }

    def _stored(self, dump: Dump) -> dict[str, str]:
        settings = self.environment.databases[self.database]
        return {
            "bucket": self.environment.aws.backups_bucket,
            "key": dump.key,
            "versionId": dump.version_id,
            "sha256": dump.sha256,
            "sizeBytes": str(dump.size_bytes),
            "passwordParameter": self.environment.secrets[settings.password_key].parameter,
        }

    def _run(
        self, operation: str, parameters: dict[str, str], seconds: float, on_progress: Progress
    ) -> dict[str, Any]:
        """Run one document and give the JSON object in the last line of what it wrote."""
        try:
            result = run_command(
                self.aws,
                self.instance_id,
                f"credex-{self.environment.name}-database-{operation}",
                {name: [value] for name, value in parameters.items()},
                pace=Pace(deadline_seconds=seconds, interval_seconds=self.interval_seconds),
                on_progress=on_progress,
            )
        except CommandFailed as error:
            raise self._told(operation, error) from error
        return _last_object(operation, result.stdout)

    def _told(self, operation: str, error: CommandFailed) -> DeployError:
        sentence = f"{self.database}: {error.words}"
        if error.exit_code == _REFUSED:
            return Refused(sentence, next_step=f"Mend that on {self.instance_id}, then start again.")
        if error.exit_code == _TRY_AGAIN:
            return ServiceUnavailable(sentence, next_step="Try again in a minute.")
        if error.exit_code is None or not error.words:
            return error
        return CommandFailed(
            f"database-{operation} failed on {self.instance_id}. {sentence}",
            next_step=error.next_step,
            exit_code=error.exit_code,
            words=error.words,
        )


def find_machine(aws: Aws, environment: Environment, database: DatabaseName) -> DatabaseMachine:
    """The running machine of a database, by its tags. Raises SetUpError for none or two."""
    instance = running_instance(aws, environment.name, database, environment.slot)
    return DatabaseMachine(aws, environment, database, instance.id, instance.address)


def _last_object(operation: str, output: str) -> dict[str, Any]:
    lines = output.strip().splitlines()
    try:
        answer = json.loads(lines[-1] if lines else "")
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise _unreadable(operation)
    return answer


Answer = TypeVar("Answer", bound=BaseModel)


def _parsed(model: type[Answer], answer: dict[str, Any]) -> Answer:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise _unreadable(model.__name__) from error


def _url(answer: dict[str, Any]) -> str:
    return str(answer["bolt_url"])


def _unreadable(what: str) -> CommandFailed:
    return CommandFailed(
        f"The machine's answer ({what}) is not what its document should print.",
        next_step="Apply the Terraform configuration, so that the SSM documents are those of this version.",
    )
