"""What the approver of a restore reads: what is there now, what would be, and what lies between."""

from __future__ import annotations

from models.loss import loss_table
from tests.systems.aws.fingerprints import fingerprint
from tests.systems.aws.test_backups import backup


def test_what_would_be_lost_comes_first_and_is_counted() -> None:
    """Labels that shrink, before those that grow; and how many transactions were written since."""
    then = backup().model_copy(update={"fingerprint": fingerprint(Member=3, Account=9)})
    told = loss_table(then, fingerprint(Member=8, Account=7))
    rows = [line for line in told.splitlines() if line.startswith("| `:")]
    assert rows == ["| `:Member` | 8 | 3 | **-5** |", "| `:Account` | 7 | 9 | +2 |"]
    assert "About 3 transactions since then are lost" in told


def test_where_nothing_was_written_since_that_is_said() -> None:
    """A restore then only costs time."""
    assert "Nothing would be lost" in loss_table(backup(), backup().fingerprint)


def test_a_backup_of_another_database_is_named_as_such() -> None:
    """After a wipe, for example: counts alone would not show it."""
    now = fingerprint(Member=3)
    other = now.model_copy(update={"identity": now.identity.model_copy(update={"database_id": "ZZZZ"})})
    assert "another one" in loss_table(backup(), other)
