"""What comes before the data is touched: fence, read, back up, prove; and letting writes in again after it.

All of `secure` are kept steps: whoever calls it once more in the same run, after a kill too, gets what the
first call found, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from prefect.futures import wait
from pydantic import BaseModel, ConfigDict

from models.backup import Backup
from models.change import Change
from models.database import DatabaseIdentity
from models.environment import Environment
from models.fingerprint import Fingerprint
from models.log import Event
from models.names import BackupId, DatabaseName
from models.outputs import Outputs
from tasks.applying import began, outputs_before
from tasks.backing_up import clear_up, dump, name_backup, record_dump, snapshot
from tasks.fencing import check_still_fenced, fence, unfence
from tasks.proving import prove_dump, read_data
from tasks.recording import record_outcome
from tasks.side_by_side import side_by_side

Data = dict[DatabaseName, Fingerprint]


def identities_of(data: Data) -> dict[DatabaseName, DatabaseIdentity]:
    """Which databases these were."""
    return {name: held.identity for name, held in data.items()}


class Secured(BaseModel):
    """Databases that take no writes, what is in them, and the proven backups of that."""

    model_config = ConfigDict(frozen=True)

    outputs: Outputs
    before: Data
    backups: dict[DatabaseName, Backup]

    @property
    def identities(self) -> dict[DatabaseName, DatabaseIdentity]:
        """Which databases these are, to know them again."""
        return identities_of(self.before)

    def named_in(self, change: Change) -> Change:
        """The change with the names of its backups, for the log."""
        names = {database: backup.id for database, backup in self.backups.items()}
        return change.model_copy(update={"backups": names})


def secure(change: Change) -> Secured:
    """Fence both databases, back them up at the same time, and prove each backup by a restore.

    Until the apply begins it also looks whether that still holds: see `require_still_secured`.
    Raises DeployError when one of it does not work; what is fenced then stays so until `open_again`.
    """
    environment, databases = change.environment, list(change.release.databases)
    outputs, name = outputs_before(change), name_backup(environment.name)
    record_outcome(change, Event.FENCED)
    side_by_side(databases, lambda each: fence.submit(environment, outputs, each, name))
    before = read_all(environment, outputs, databases, "before")
    secured = Secured(outputs=outputs, before=before, backups=_back_up(change, before, name))
    if began(change) is None:
        require_still_secured(change, secured)
    return secured


def _back_up(change: Change, before: Data, name: BackupId) -> dict[DatabaseName, Backup]:
    """The dump goes on while AWS fills the snapshot: each is a backup in itself, the dump is proven."""
    environment = change.environment
    snapshots = {each: snapshot.submit(environment, each, name) for each in before}
    try:
        dumps = side_by_side(before, lambda each: dump.submit(environment, each, name, name))
        side_by_side(before, lambda each: prove_dump.submit(environment, dumps[each], before[each]))
    finally:
        wait(list(snapshots.values()))
    taken = side_by_side(before, snapshots.__getitem__)
    return side_by_side(
        before,
        lambda each: record_dump.submit(environment, name, dumps[each], taken[each], before[each]),
    )


def require_still_secured(change: Change, secured: Secured) -> None:
    """Raise DeployError where the databases are not any more what their backups hold.

    Every part of `secure` is kept, so that a run which goes on after a kill has it although somebody may have
    lifted the fence since, and clients may have written.
    """
    before = secured.identities
    side_by_side(
        before,
        lambda each: check_still_fenced.submit(change.environment, secured.outputs, each, before[each]),
    )


def open_again(change: Change, outputs: Outputs) -> None:
    """Let both databases take writes again."""
    open_databases(change.environment, outputs, list(change.release.databases))


def open_databases(environment: Environment, outputs: Outputs, databases: list[DatabaseName]) -> None:
    """Let databases take writes again."""
    side_by_side(databases, lambda each: unfence.submit(environment, outputs, each))


def read_all(
    environment: Environment, outputs: Outputs, databases: Iterable[DatabaseName], moment: str
) -> Data:
    """What is in the databases at this moment of the run, both read at the same time."""
    return side_by_side(databases, lambda each: read_data.submit(environment, outputs, each, moment))


def discard_copies(change: Change) -> None:
    """Remove the copies that fencing left on the volumes; one that stays is a failed task, and no more."""
    for database in change.release.databases:
        clear_up(change.environment, database, return_state=True)
