"""A backup of one database: what it is, where it lies, what is in it, whether a restore has proven it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from models.errors import Refused
from models.fingerprint import Fingerprint
from models.machine import Dump
from models.names import BackupId, DatabaseName, EnvironmentName
from models.neo4j_change import version_number


class BackupKind(StrEnum):
    """How a backup was made."""

    DUMP = "dump"
    """By neo4j-admin, of a copy of the closed store; in S3."""
    SNAPSHOT = "snapshot"
    """Of the running database's volume, by EBS."""
    EXPORT = "export"
    """Over Bolt, of a database without a machine; in S3."""


class Backup(BaseModel):
    """One backup. `dump` is its file, an export's too; a dump's `snapshot_id` is a second rope.

    `neo4j_version` wrote it: an older one cannot read it. `proven_at` is when it was restored into a scratch
    server and found equal to `fingerprint`.
    """

    model_config = ConfigDict(frozen=True)

    format_version: int = 1
    id: BackupId
    environment: EnvironmentName
    database: DatabaseName
    kind: BackupKind
    dump: Dump | None = None
    snapshot_id: str | None = None
    fingerprint: Fingerprint
    neo4j_version: str
    made_at: datetime
    proven_at: datetime | None = None
    flow_run_id: str

    @model_validator(mode="after")
    def _has_what_it_is_of(self) -> Self:
        artefact = self.snapshot_id if self.kind is BackupKind.SNAPSHOT else self.dump
        if artefact is None:
            raise ValueError(f"a backup of kind {self.kind} without its artefact")
        return self

    def require_dump(self) -> Dump:
        """The dump that a database can be restored from. Raises Refused where there is none."""
        if self.kind is BackupKind.EXPORT:
            raise Refused(
                f"The backup {self.id} is an export, which no machine restores.",
                next_step=f"Import it into an empty database: credex backup import {self.id}.",
            )
        if self.dump is None:
            raise Refused(
                f"The backup {self.id} is of kind {self.kind}, of which no dump was made yet.",
                next_step="The scenario restore makes one; or choose one of kind dump.",
            )
        return self.dump

    def require_export(self) -> Dump:
        """The export that is imported into an empty database. Raises Refused where it is no export."""
        if self.kind is not BackupKind.EXPORT or self.dump is None:
            raise Refused(
                f"The backup {self.id} is of kind {self.kind}, and only an export is imported.",
                next_step="Restore it: credex trigger restore.",
            )
        return self.dump

    def require_restorable_by(self, version: str) -> None:
        """Raise Refused where a newer Neo4j wrote it than the one that is to read it."""
        if version_number(self.neo4j_version) > version_number(version):
            raise Refused(
                f"Neo4j {self.neo4j_version} wrote the backup {self.id}, and {version} cannot read it.",
                next_step=f"Change {self.database} to {self.neo4j_version} first, or choose an older backup.",
            )

    @property
    def where(self) -> str:
        """Where the artefact is, in a few words."""
        return self.dump.key if self.dump else f"EBS snapshot {self.snapshot_id}"


def backup_id(made_at: datetime, flow_run_id: str) -> BackupId:
    """A name that sorts by time, and that two runs at the same second do not share."""
    return f"{made_at:%Y%m%d-%H%M%S}-{flow_run_id.replace('-', '')[:8]}"
