"""What a rehearsal found is told to the approver as it is, and refused where it failed or took too long."""

from __future__ import annotations

import pytest

from models.errors import Refused
from models.migration import AppliedMigration, MigrationSet, Pending
from models.names import DatabaseName
from models.rehearsal import Counts, Rehearsal, rehearsal_table, require_passed
from systems.environments import load_environment

LEDGER = DatabaseName.LEDGER
ENVIRONMENT = load_environment("development")
ADDS = b"CREATE (:Tier {name: 'a'});\nCREATE (:Tier {name: 'b'});\n"
CHANGES = b"MATCH (m:Member) DETACH DELETE m;\n"


def counts(**labels: int) -> Counts:
    return Counts(
        nodes=sum(labels.values()),
        relationships=7,
        labels=labels,
        relationship_types={"OWNS": 7},
        constraints=3,
        indexes=1,
    )


def rehearsal(content: bytes = ADDS, seconds: float = 2.5, **more: object) -> Rehearsal:
    migrations = MigrationSet.read(LEDGER, {"V1__old.cypher": ADDS, "V2__tiers.cypher": content})
    ran = [AppliedMigration(version="2", seconds=1.25)]
    return Rehearsal.model_validate(
        {
            "pending": Pending(
                migrations=migrations,
                applied=[AppliedMigration(version="1", checksum=migrations.files[0].checksum)],
            ),
            "ran": ran,
            "seconds": seconds,
            "before": counts(Member=5),
            "after": counts(Member=5, Tier=2),
            **more,
        }
    )


def test_the_approver_reads_time_and_numbers() -> None:
    """What changed comes first; what was there already is not told of as pending."""
    text = rehearsal_table({LEDGER: rehearsal()})
    assert "## ledger" in text
    assert "| `V2__tiers.cypher` | 2 | yes | 1.2 s |" in text
    assert "V1__old" not in text
    assert "took 2.5 s on a copy" in text
    assert "may run in place" in text
    lines = text.splitlines()
    assert lines.index("| `:Tier` | 0 | 2 | +2 |") < lines.index("| `:Member` | 5 | 5 | 0 |")


def test_what_may_take_away_is_marked() -> None:
    """It is not proposed to run in place, and fewer nodes stand out."""
    text = rehearsal_table({LEDGER: rehearsal(CHANGES, after=counts(Member=1))})
    assert "| `V2__tiers.cypher` | 1 | **no** |" in text
    assert "may run in place" not in text
    assert "| `:Member` | 5 | 1 | **-4** |" in text


def test_a_failure_is_told_first_and_is_no_markdown() -> None:
    """Whoever names a label or writes a statement writes no link and no row of the table."""
    hostile = "[a](http://x) <b> |"
    found = rehearsal(
        problem=f"It says {hostile}.", next_step="Mend it.", ran=[], after=counts(**{hostile: 2})
    )
    text = rehearsal_table({LEDGER: found})
    assert text.index("**Failed**: It says") < text.index("took 2.5 s")
    assert "**did not run**" in text
    assert r"It says \[a\](http" in text
    assert "<b>" not in text
    assert all(line.count(" | ") == 3 for line in text.splitlines() if line.startswith("| `"))


def test_long_tables_are_cut() -> None:
    """The approver reads what changed, not hundreds of labels."""
    text = rehearsal_table({LEDGER: rehearsal(before=counts(**{f"L{number}": 1 for number in range(100)}))})
    assert "and " in text
    assert len(text.splitlines()) < 60


def test_a_rehearsal_that_failed_is_refused_with_its_own_way_out() -> None:
    """Nothing of the environment was changed by it."""
    found = {LEDGER: rehearsal(problem="'V2' failed: it is wrong.", next_step="Mend it.")}
    with pytest.raises(Refused, match="on a copy of ledger failed: 'V2' failed") as caught:
        require_passed(ENVIRONMENT, found)
    assert caught.value.next_step == "Mend it."


def test_what_takes_longer_than_the_environment_allows_is_refused() -> None:
    """Writes would be kept out for so long."""
    require_passed(ENVIRONMENT, {LEDGER: rehearsal(seconds=30 * 60)})
    with pytest.raises(Refused, match=r"took 30\.1 minutes on a copy, more than the 30 minutes") as caught:
        require_passed(ENVIRONMENT, {LEDGER: rehearsal(seconds=30 * 60 + 6)})
    assert "longest_minutes" in caught.value.next_step
