"""Comparing fingerprints says in words what is not as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models.database import DatabaseIdentity
from models.fingerprint import Fingerprint

BEFORE = Fingerprint(
    identity=DatabaseIdentity(
        database_id="A",
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        node_count=3,
        relationship_count=1,
        last_transaction=7,
    ),
    labels={"Account": 3},
    relationship_types={"OWES": 1},
    constraints=["UNIQUENESS on NODE Account (key)"],
    indexes=["LOOKUP on NODE"],
    nodes_checksum="1",
    relationships_checksum="2",
)


def changed(**fields: Any) -> Fingerprint:  # noqa: ANN401 - of any field
    """The same fingerprint with other fields."""
    return BEFORE.model_copy(update=fields)


def test_later_transactions_alone_are_no_difference() -> None:
    """An upgrade commits some of its own."""
    later = changed(identity=BEFORE.identity.model_copy(update={"last_transaction": 9}))
    assert later.same_data(BEFORE)


def test_an_import_has_the_same_content_and_another_origin() -> None:
    """Which is said, and is no difference of content."""
    other = changed(identity=BEFORE.identity.model_copy(update={"database_id": "B"}))
    assert not other.same_data(BEFORE)
    assert other.differences(BEFORE) == ["it is another database by origin"]
    assert other.same_content(BEFORE)


@pytest.mark.parametrize(
    ("fields", "clauses"),
    [
        ({"labels": {"Account": 2}}, ["nodes with label Account: 3 before, 2 now"]),
        ({"labels": {"Account": 3, "New": 1}}, ["nodes with label New: 0 before, 1 now"]),
        ({"relationship_types": {}}, ["relationships of type OWES: 1 before, 0 now"]),
        ({"constraints": []}, ["constraint is gone: UNIQUENESS on NODE Account (key)"]),
        (
            {"indexes": ["LOOKUP on NODE", "TEXT on NODE A (b)"]},
            ["index is new: TEXT on NODE A (b)"],
        ),
        ({"nodes_checksum": "3"}, ["labels or properties of nodes differ"]),
        ({"relationships_checksum": "3"}, ["properties or ends of relationships differ"]),
        (
            {"nodes_checksum": "3", "relationships_checksum": "3"},
            ["labels or properties of nodes differ"],
        ),
        ({"settled": False}, ["the database was written to while it was read now"]),
    ],
)
def test_each_difference_has_its_clause(fields: dict[str, Any], clauses: list[str]) -> None:
    """Relationships are hashed with their ends, so that their sum differs with the nodes' anyway."""
    assert changed(**fields).differences(BEFORE) == clauses
    assert not changed(**fields).same_content(BEFORE)


def test_one_that_was_read_while_somebody_wrote_is_like_none() -> None:
    """Not even like itself."""
    unsettled = changed(settled=False)
    assert len(unsettled.differences(unsettled)) == 2
