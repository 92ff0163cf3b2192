"""A database is known again by its lineage, and its growth is told from its loss."""

from __future__ import annotations

from datetime import UTC, datetime

from models.database import DatabaseIdentity

BEFORE = DatabaseIdentity(
    database_id="A1",
    creation_date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    store_version="record-aligned-1.1",
    node_count=10,
    relationship_count=20,
    last_transaction=7,
)


def test_the_same_database_unwritten_has_no_difference() -> None:
    """Nor does a store that an upgrade gave a new format."""
    after = BEFORE.model_copy(update={"store_version": "block"})
    assert after.same_lineage(BEFORE)
    assert after.differences(BEFORE) == []
    assert after.compared_with(BEFORE) == "Same lineage; nothing was written."


def test_writes_are_told_as_numbers_before_and_now() -> None:
    """The lineage stays, whatever is written."""
    after = BEFORE.model_copy(update={"node_count": 11, "last_transaction": 8})
    assert after.same_lineage(BEFORE)
    assert after.compared_with(BEFORE) == (
        "Same lineage; nodes: 10 before, 11 now; last transaction: 7 before, 8 now."
    )


def test_a_new_database_in_the_old_ones_place_is_another_lineage() -> None:
    """Even with the same counts; by its id, and by its creation date too."""
    for change in ({"database_id": "B2"}, {"creation_date": datetime(2026, 5, 5, tzinfo=UTC)}):
        after = BEFORE.model_copy(update=change)
        assert not after.same_lineage(BEFORE)
        assert after.compared_with(BEFORE).startswith("Not the same lineage: created 2026-")
        assert "created 2026-01-02 03:04:05 UTC, 10 nodes before" in after.compared_with(BEFORE)


def test_a_server_that_tells_no_transaction_id_is_not_called_different() -> None:
    """Not knowing is no difference."""
    assert BEFORE.model_copy(update={"last_transaction": None}).differences(BEFORE) == []
