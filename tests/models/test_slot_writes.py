"""What going back to the other slot loses: told by label, and never too little."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from models.database import DatabaseIdentity
from models.fingerprint import Fingerprint
from models.names import DatabaseName
from models.slot_writes import loss_sentence, losses_of, slot_loss_page

LEDGER = DatabaseName.LEDGER
COUNTS = st.dictionaries(st.sampled_from(["Member", "Account", "Credex"]), st.integers(0, 1000))


def holding(labels: dict[str, int], transaction: int = 1, checksum: str = "a") -> Fingerprint:
    """A ledger with so many nodes of each label."""
    return Fingerprint(
        identity=DatabaseIdentity(
            database_id="A",
            creation_date=datetime(2026, 1, 1, tzinfo=UTC),
            node_count=sum(labels.values()),
            relationship_count=0,
            last_transaction=transaction,
        ),
        labels=labels,
        relationship_types={},
        constraints=[],
        indexes=[],
        nodes_checksum=checksum,
        relationships_checksum="b",
    )


def test_nothing_written_is_nothing_lost() -> None:
    """A transaction of the server's own is no loss."""
    then, now = holding({"Member": 3}, 7), holding({"Member": 3}, 9)
    assert losses_of({LEDGER: then}, {LEDGER: now}) == {}
    assert loss_sentence({}) == "Nothing was written since the switch, so nothing is lost."


def test_each_label_is_counted() -> None:
    """More and fewer, with the number of transactions."""
    then, now = holding({"Member": 3, "Offer": 2}, 7), holding({"Member": 5, "Offer": 1}, 10, "c")
    sentence = loss_sentence(losses_of({LEDGER: then}, {LEDGER: now}))
    assert sentence == (
        "Written since the switch, and only there: ledger: about 3 transactions, +2 Member, -1 Offer."
    )


def test_changed_values_are_a_loss_although_every_count_is_the_same() -> None:
    """A balance that was changed in place."""
    then, now = holding({"Account": 1}, 7), holding({"Account": 1}, 8, "c")
    assert losses_of({LEDGER: then}, {LEDGER: now}) == {LEDGER: ["about 1 transactions", "values changed"]}


@given(COUNTS, COUNTS)
def test_whatever_differs_is_told(then: dict[str, int], now: dict[str, int]) -> None:
    """Each label whose number changed stands in the sentence and in the table."""
    before, after = holding(then), holding(now, 2, "c")
    page = slot_loss_page({LEDGER: before}, {LEDGER: after}, "what is lost")
    sentence = loss_sentence(losses_of({LEDGER: before}, {LEDGER: after}))
    for label in then.keys() | now.keys():
        changed = then.get(label, 0) != now.get(label, 0)
        assert (f"`:{label}`" in page) is changed
        assert (label in sentence) is changed
