"""What a database's machine says of itself, and the dumps that it makes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from models.errors import Refused
from models.names import DatabaseName, Sha256

_MARGIN_BYTES = 256 * 1024 * 1024
"""What stays free whatever is written."""


def _mib(size_bytes: int) -> int:
    return size_bytes // (1024 * 1024)


class DataVolume(BaseModel):
    """The file system that holds the data, in bytes."""

    model_config = ConfigDict(frozen=True)

    path: str
    size_bytes: int
    used_bytes: int
    free_bytes: int


class MachineStatus(BaseModel):
    """Neo4j's service, its fence and its volume, as the machine saw them.

    `service` is systemd's word (active, inactive, failed). `leftovers` are folders of operations that are not
    done or not discarded.
    """

    model_config = ConfigDict(frozen=True)

    service: str
    fenced: bool
    version: str
    store_bytes: int
    leftovers: list[str]
    data_volume: DataVolume

    def require_room(self, database: DatabaseName) -> None:
        """Raise Refused where the volume has no room for a backup of the database that is kept from writes.

        On the volume lie at most the copy of the store, and what looks into its dump: see `need_space` in
        terraform/modules/operations/scripts.
        """
        needed = 3 * self.store_bytes + _MARGIN_BYTES
        if self.data_volume.free_bytes >= needed:
            return
        clear_up = (
            "Start a neo4j-change that asks for what the databases have already: it removes "
            f"{' and '.join(self.leftovers)}, which earlier runs left there. If that is not enough, grow"
        )
        raise Refused(
            f"{database}'s data volume has {_mib(self.data_volume.free_bytes)} MiB free, and a backup of the "
            f"database needs {_mib(needed)} MiB there.",
            next_step=f"{clear_up if self.leftovers else 'Grow'} the volume in AWS, run "
            f"xfs_growfs {self.data_volume.path} on the machine, and write the new size to "
            "database_volume_sizes.",
        )


class Dump(BaseModel):
    """A database's dump, or its export, in the environment's backups bucket, checked before it was stored."""

    model_config = ConfigDict(frozen=True)

    database: DatabaseName
    key: str
    version_id: str
    size_bytes: int = Field(gt=0)
    sha256: Sha256
    neo4j_version: str = Field(description="Version of the Neo4j that made it.")

    @property
    def word(self) -> str:
        """What it is called: a dump, or an export, whose file's name ends so."""
        return self.key.rpartition(".")[2]


class Snapshot(BaseModel):
    """A complete EBS snapshot of a data volume."""

    model_config = ConfigDict(frozen=True)

    snapshot_id: str
    volume_id: str
    size_gib: int
    tags: dict[str, str]
