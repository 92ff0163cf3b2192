"""What `credex status` says of the checks that the clock starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.check import Verdict
from models.heartbeat import Planned, heartbeat
from models.names import Scenario
from models.standing import Standing

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
EVERY_QUARTER = Planned(since=NOW - timedelta(days=9), active=True, next_runs=[NOW + QUARTER, NOW])
PAUSED = EVERY_QUARTER.model_copy(update={"active": False})
NEW = EVERY_QUARTER.model_copy(update={"since": NOW - QUARTER})
EMPTIED = EVERY_QUARTER.model_copy(update={"intact": False})
UNPLANNED = EVERY_QUARTER.model_copy(update={"next_runs": [NOW]})


def looked(minutes: int, *, well: bool = True) -> Standing:
    """A check that looked so long ago."""
    at = NOW - timedelta(minutes=minutes)
    return Standing(looked_at=at, since=at, well=well, told="" if well else "The ledger: does not answer.")


@pytest.mark.parametrize(
    ("standing", "planned", "verdict", "detail"),
    [
        (looked(14), EVERY_QUARTER, Verdict.PASSED, "looked 14 min ago; all was well"),
        (None, NEW, Verdict.PASSED, "has not looked yet"),
        (looked(61), EVERY_QUARTER, Verdict.INCONCLUSIVE, "looked 61 min ago; it should look every 15 min"),
        (None, EVERY_QUARTER, Verdict.INCONCLUSIVE, "has not looked yet; it should look every 15 min"),
        (looked(3), PAUSED, Verdict.INCONCLUSIVE, "looked 3 min ago; its schedule is paused"),
        (looked(3), EMPTIED, Verdict.INCONCLUSIVE, "looked 3 min ago; its schedule has lost its parameters"),
        (looked(3), UNPLANNED, Verdict.INCONCLUSIVE, "looked 3 min ago; no run of it is planned"),
        (looked(3), None, Verdict.INCONCLUSIVE, "looked 3 min ago; nothing starts it"),
        (
            looked(3, well=False),
            EVERY_QUARTER,
            Verdict.FAILED,
            "looked 3 min ago; not well since 2026-05-04 11:57 UTC: The ledger: does not answer",
        ),
    ],
)
def test_silence_is_flagged_like_what_is_not_well(
    standing: Standing | None, planned: Planned | None, verdict: Verdict, detail: str
) -> None:
    """A check that stopped looking is no check that found nothing."""
    told = heartbeat(Scenario.VERIFICATION, "production", standing, planned, NOW)
    assert (told.verdict, told.detail) == (verdict, detail)
    assert bool(told.next_step) is (verdict is not Verdict.PASSED)
