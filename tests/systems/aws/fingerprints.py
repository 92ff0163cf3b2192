"""A fingerprint to build backups of."""

from __future__ import annotations

from datetime import UTC, datetime

from models.database import DatabaseIdentity
from models.fingerprint import Fingerprint


def fingerprint(**labels: int) -> Fingerprint:
    """Of a database with so many nodes of each label."""
    counts = labels or {"Member": 3}
    return Fingerprint(
        identity=DatabaseIdentity(
            database_id="A1B2",
            creation_date=datetime(2026, 1, 1, tzinfo=UTC),
            node_count=sum(counts.values()),
            relationship_count=0,
            last_transaction=100 + sum(counts.values()),
        ),
        labels=counts,
        relationship_types={},
        constraints=[],
        indexes=[],
        nodes_checksum=f"{sum(counts.values()):032x}",
        relationships_checksum="0" * 32,
    )
