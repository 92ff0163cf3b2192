"""What is known of a running database: its server, which database it is, how much is in it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class ServerInfo(BaseModel):
    """What a server said of itself after a login. `address` is host:port as the driver reached it."""

    model_config = ConfigDict(frozen=True)

    version: str
    edition: str
    address: str


class CreatedConstraints(BaseModel):
    """Uniqueness constraints as Label.property: the ones that were made now, and the ones already there."""

    model_config = ConfigDict(frozen=True)

    created: list[str]
    existing: list[str]


class DatabaseIdentity(BaseModel):
    """Which database this is, and a quick measure of its content.

    `database_id` and `creation_date` name the lineage: they survive restarts, upgrades, dump and load, and
    copies of the files, and are new in an empty database. Equal counts do not prove equal content.
    """

    model_config = ConfigDict(frozen=True)

    database_id: str
    creation_date: datetime
    store_version: str | None = None
    node_count: int = Field(ge=0)
    relationship_count: int = Field(ge=0)
    last_transaction: int | None = Field(
        default=None, description="Id of the last committed transaction, where the server tells it."
    )

    def same_lineage(self, earlier: Self) -> bool:
        """Whether this is the earlier database, however much was written to it since."""
        return (self.database_id, self.creation_date) == (earlier.database_id, earlier.creation_date)

    def differences(self, earlier: Self) -> list[str]:
        """What is not as it was, a clause each; nothing for the same lineage with the same counts."""
        if not self.same_lineage(earlier):
            return [f"{self._origin()} now, {earlier._origin()} before"]
        measures = {
            "nodes": (earlier.node_count, self.node_count),
            "relationships": (earlier.relationship_count, self.relationship_count),
            "last transaction": (earlier.last_transaction, self.last_transaction),
        }
        return [
            f"{measure}: {before} before, {after} now"
            for measure, (before, after) in measures.items()
            if before is not None and after is not None and before != after
        ]

    def missing_of(self, earliest: Self, latest: Self) -> str:
        """Why this cannot be the database as it was between two looks at it; empty where it can."""
        if not self.same_lineage(earliest):
            return f"{self._origin()}, where {earliest._origin()} was copied"
        if (self.last_transaction or 0) < (earliest.last_transaction or 0):
            return f"it ends at transaction {self.last_transaction}, before {earliest.last_transaction}"
        counts = (self.node_count, self.relationship_count)
        unchanged = earliest == latest
        if unchanged and counts != (earliest.node_count, earliest.relationship_count):
            return f"{self.node_count} nodes, where {earliest.node_count} were"
        return ""

    def compared_with(self, earlier: Self) -> str:
        """The comparison in one sentence."""
        differences = self.differences(earlier)
        if not self.same_lineage(earlier):
            return f"Not the same lineage: {differences[0]}."
        return f"Same lineage; {'; '.join(differences) or 'nothing was written'}."

    def _origin(self) -> str:
        return f"created {self.creation_date:%Y-%m-%d %H:%M:%S} UTC, {self.node_count} nodes"
