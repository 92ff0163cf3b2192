"""The ledger's day: active, blocked by a flag, doubled, or missing."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from models.check import Verdict
from systems.neo4j.connection import Connection
from systems.neo4j.daynode import PATIENCE, check_daynode, read_daynodes
from systems.waiting import Pace

pytestmark = pytest.mark.sandbox

BRIEFLY = Pace(deadline_seconds=0.3, interval_seconds=0.1)


def add_daynode(connection: Connection, properties: dict[str, bool], date: str = "2026-11-24") -> None:
    """An active Daynode as credex-core writes it."""
    connection.write(
        "CREATE (d:Daynode {Active: true, Date: date($date), MTQrunningNow: false, DCOrunningNow: false}) "
        "SET d += $properties",
        date=date,
        properties=properties,
    )


def test_one_active_day_without_flags_is_well(connection: Connection) -> None:
    """Days gone by do not count."""
    add_daynode(connection, {"Active": False, "MTQrunningNow": True}, "2026-11-23")
    add_daynode(connection, {})
    check = check_daynode(connection, pace=BRIEFLY)
    assert (check.verdict, check.detail) == (Verdict.PASSED, "2026-11-24 is active, no job's flag is set")


@pytest.mark.parametrize("flag", ["MTQrunningNow", "DCOrunningNow"])
def test_a_flag_that_stays_is_named(connection: Connection, flag: str) -> None:
    """A task killed in the middle of the job leaves it, and the job never runs again."""
    add_daynode(connection, {flag: True})
    assert read_daynodes(connection)[0].flags == [flag]
    check = check_daynode(connection, pace=BRIEFLY)
    assert check.verdict is Verdict.FAILED
    assert f"{flag} of 2026-11-24 stays set" in check.detail
    assert "set the flag to false" in check.next_step


def test_a_flag_that_is_cleared_meanwhile_is_a_job_at_work(connection: Connection) -> None:
    """The minute's job is met often enough while it runs."""
    add_daynode(connection, {"MTQrunningNow": True})
    end = threading.Timer(0.5, connection.write, ["MATCH (d:Daynode) SET d.MTQrunningNow = false"])
    end.start()
    check = check_daynode(connection, pace=replace(PATIENCE, interval_seconds=0.1))
    end.join()
    assert check.verdict is Verdict.PASSED


def test_an_empty_ledger_is_not_called_well(connection: Connection) -> None:
    """It may be new, or wiped: that is not for this check to know."""
    check = check_daynode(connection, pace=BRIEFLY)
    assert check.verdict is Verdict.INCONCLUSIVE
    assert "no active Daynode (0 nodes in all)" in check.detail
    assert "new economy" in check.detail


def test_a_ledger_with_data_and_no_day_has_failed(connection: Connection) -> None:
    """The application would create a second economy on top."""
    connection.write("CREATE (:Member {memberHandle: 'a'})")
    assert check_daynode(connection, pace=BRIEFLY).verdict is Verdict.FAILED


def test_two_active_days_are_both_named(connection: Connection) -> None:
    """Two tasks that seeded at once, or a day that was not closed."""
    add_daynode(connection, {})
    add_daynode(connection, {}, "2026-11-25")
    check = check_daynode(connection, pace=BRIEFLY)
    assert check.verdict is Verdict.FAILED
    assert "2026-11-25, 2026-11-24" in check.detail
