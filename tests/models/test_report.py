"""The table that people see of a verification."""

from __future__ import annotations

from models.check import Check, Verdict, Verification
from models.report import verification_table

PASSED = Check(name="Login to ledger", verdict=Verdict.PASSED, detail="Neo4j 5.26.30")
FAILED = Check(
    name="Number of tasks", verdict=Verdict.FAILED, detail="1 of 2 run", next_step="Read the logs."
)


def test_what_is_not_well_stands_first_and_says_what_to_do() -> None:
    lines = verification_table(Verification(checks=[PASSED, FAILED])).splitlines()
    assert lines[0] == "| verdict | check | found | what to do |"
    assert lines[2] == "| **failed** | Number of tasks | 1 of 2 run | Read the logs. |"
    assert lines[3].startswith("| passed | Login to ledger |")


def test_where_all_is_well_there_is_nothing_to_do() -> None:
    table = verification_table(Verification(checks=[PASSED]))
    assert "what to do" not in table
    assert table.splitlines()[2] == "| passed | Login to ledger | Neo4j 5.26.30 |"
