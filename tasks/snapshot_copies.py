"""A copy of a snapshot's volume beside the database that it was taken of, for as long as one needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from models.environment import Environment
from models.errors import DeployError
from models.machine import Dump
from models.names import BackupId, DatabaseName
from systems.aws.database_machine import DatabaseMachine
from systems.aws.session import Aws
from systems.aws.volume_copies import (
    attach_volume,
    copies_attached,
    delete_volume,
    detach_volume,
    volume_from_snapshot,
)
from systems.waiting import Progress
from tasks.machines import database_machine, telling


@dataclass(frozen=True)
class SnapshotCopy:
    """A volume made of a snapshot and attached to the machine of its database."""

    machine: DatabaseMachine
    volume_id: str

    @property
    def database(self) -> DatabaseName:
        """The database that the snapshot was taken of."""
        return self.machine.database

    def start(self) -> str:
        """Start a scratch server on it, which recovers what the snapshot caught; its Bolt URL."""
        return self.machine.start_scratch_from_volume(self.volume_id, on_progress=telling(self.database))

    def dump(self, backup: BackupId) -> Dump:
        """Stop the scratch server, and dump what it has closed to S3, checked and with its SHA-256."""
        tell = telling(self.database)
        self.machine.stop_scratch(on_progress=tell)
        return self.machine.dump_volume(self.volume_id, backup, on_progress=tell)


@contextmanager
def copy_of_snapshot(
    environment: Environment, database: DatabaseName, snapshot_id: str
) -> Iterator[SnapshotCopy]:
    """A copy of a snapshot's volume, attached; it is removed at the end, and the server on it.

    After a kill the next attempt finds the same one by its tags. The environment's lock is held meanwhile.
    """
    aws, machine, tell = (
        Aws(environment.aws.region),
        database_machine(environment, database),
        telling(database),
    )
    tags = {"credex:environment": environment.name, "credex:database": database.value}
    volume = volume_from_snapshot(aws, snapshot_id, machine.instance_id, tags, tell)
    with (
        _at_the_end(lambda: delete_volume(aws, volume), tell),
        _at_the_end(lambda: detach_volume(aws, volume, tell), tell),
        _at_the_end(lambda: machine.stop_scratch(on_progress=tell), tell),
    ):
        _clear_away_others(aws, machine, volume, tell)
        attach_volume(aws, volume, machine.instance_id, tell)
        yield SnapshotCopy(machine, volume)


@contextmanager
def _at_the_end(remove: Callable[[], None], tell: Progress) -> Iterator[None]:
    """Remove something at the end, whatever came before. The first error is raised, one after it is told."""
    try:
        yield
    except BaseException:
        try:
            remove()
        except DeployError as error:
            tell(str(error))
        raise
    remove()


def _clear_away_others(aws: Aws, machine: DatabaseMachine, ours: str, tell: Progress) -> None:
    """Remove the copies that earlier runs left attached, as nothing else can be attached in their place.

    Nobody uses them: whoever makes a copy holds the environment's lock.
    """
    others = [each for each in copies_attached(aws, machine.instance_id) if each != ours]
    if others:
        machine.stop_scratch(on_progress=tell)
    for volume in others:
        detach_volume(aws, volume, tell)
        delete_volume(aws, volume)
        tell(f"the volume {volume}, a copy that an earlier run left attached, was cleared away.")
