"""What proves that two databases hold the same: lineage, counts, schema and checksums over all data."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from models.database import DatabaseIdentity


class Fingerprint(BaseModel):
    """A database's whole content in a few lines, equal wherever the content is, and only there.

    It depends neither on the order in which the data was written, nor on element ids, nor on the server's
    version. Constraints and indexes are canonical lines, sorted; names that the server made up are left out.
    """

    model_config = ConfigDict(frozen=True)

    identity: DatabaseIdentity
    labels: dict[str, int] = Field(description="Nodes by label; a node with two labels counts twice.")
    relationship_types: dict[str, int]
    constraints: list[str]
    indexes: list[str]
    nodes_checksum: str = Field(description="Over labels and properties of all nodes, in hexadecimal.")
    relationships_checksum: str = Field(
        description="Over types, properties and both ends of all relationships, in hexadecimal."
    )
    settled: bool = Field(
        default=True,
        description="Whether nothing was written while it was read: else it proves nothing, as reads over "
        "Bolt are no snapshot.",
    )

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each label and each type of relationship, as Cypher writes those."""
        labels = {f":{label}": count for label, count in sorted(self.labels.items())}
        types = {f"[:{kind}]": count for kind, count in sorted(self.relationship_types.items())}
        return labels | types

    def same_data(self, earlier: Self) -> bool:
        """Whether this is the earlier database (the same lineage) with exactly the same content."""
        return not self.differences(earlier)

    def same_content(self, earlier: Self) -> bool:
        """Whether the content is exactly the same, in whichever database: for an export and its import."""
        return not self.content_differences(earlier)

    def differences(self, earlier: Self) -> list[str]:
        """What is not as it was, a clause each; nothing for the same lineage with the same content.

        Which transaction was the last does not count: an upgrade and a start may commit some of their own.
        """
        lineage = [] if self.identity.same_lineage(earlier.identity) else ["it is another database by origin"]
        return [*lineage, *self.content_differences(earlier)]

    def content_differences(self, earlier: Self) -> list[str]:
        """As `differences`, without regard to the lineage."""
        return [
            *_unsettled(earlier, "before"),
            *_unsettled(self, "now"),
            *_counts("nodes", {"all": earlier.identity.node_count}, {"all": self.identity.node_count}),
            *_counts("nodes with label", earlier.labels, self.labels),
            *_counts("relationships of type", earlier.relationship_types, self.relationship_types),
            *_lines("constraint", earlier.constraints, self.constraints),
            *_lines("index", earlier.indexes, self.indexes),
            *self._checksum_differences(earlier),
        ]

    def _checksum_differences(self, earlier: Self) -> list[str]:
        """Said by element; relationships are hashed with their ends, so that they follow their nodes."""
        if self.nodes_checksum != earlier.nodes_checksum:
            return ["labels or properties of nodes differ"]
        if self.relationships_checksum != earlier.relationships_checksum:
            return ["properties or ends of relationships differ"]
        return []


def _unsettled(fingerprint: Fingerprint, when: str) -> list[str]:
    return [] if fingerprint.settled else [f"the database was written to while it was read {when}"]


def _counts(what: str, before: dict[str, int], now: dict[str, int]) -> list[str]:
    return [
        f"{what} {name}: {before.get(name, 0)} before, {now.get(name, 0)} now"
        for name in sorted(before.keys() | now.keys())
        if before.get(name, 0) != now.get(name, 0)
    ]


def _lines(what: str, before: list[str], now: list[str]) -> list[str]:
    gone = [f"{what} is gone: {line}" for line in sorted(set(before) - set(now))]
    return gone + [f"{what} is new: {line}" for line in sorted(set(now) - set(before))]
