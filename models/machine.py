"""What a database's machine says of itself, and the dumps that it makes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from models.names import DatabaseName, Sha256


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
