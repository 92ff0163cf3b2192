"""A freeze is in force exactly in its windows, and ends when the last of those that meet does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.freeze import FreezeWindow, freeze_in_force

JOB = FreezeWindow(reason="daily job", daily_from=time(23, 50), daily_until=time(0, 20))
HOLIDAYS = FreezeWindow(reason="holidays", first_day=date(2026, 12, 24), last_day=date(2026, 12, 26))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-24T23:49:59", None),
        ("2026-11-24T23:50:00", "2026-11-25T00:20:00"),
        ("2026-11-25T00:19:59", "2026-11-25T00:20:00"),
        ("2026-11-25T00:20:00", None),
        ("2026-11-25T12:00:00", None),
    ],
)
def test_a_daily_window_may_pass_midnight(now: str, end: str | None) -> None:
    """From its first second on, and no longer than to its last."""
    assert JOB.end(at(now)) == (at(end) if end else None)


@pytest.mark.parametrize(
    ("now", "frozen"),
    [
        ("2026-12-23T23:59:59", False),
        ("2026-12-24T00:00:00", True),
        ("2026-12-26T23:59:59", True),
        ("2026-12-27T00:00:00", False),
    ],
)
def test_dates_are_frozen_to_the_end_of_the_last_day(now: str, frozen: bool) -> None:
    assert HOLIDAYS.end(at(now)) == (at("2026-12-27T00:00:00") if frozen else None)


def test_windows_that_meet_are_one_freeze() -> None:
    """Whoever is refused learns when it may really go on: the holidays end in the middle of the daily job."""
    freeze = freeze_in_force([JOB, HOLIDAYS], at("2026-12-25T12:00:00"))
    assert freeze is not None
    assert (freeze.reason, freeze.ends_at) == ("holidays", at("2026-12-27T00:20:00"))


def test_a_time_is_compared_in_utc() -> None:
    """01:55 in Harare is 23:55 UTC."""
    harare = timezone(timedelta(hours=2))
    assert JOB.end(datetime(2026, 11, 25, 1, 55, tzinfo=harare)) == at("2026-11-25T00:20:00")


TIMES = st.times().map(lambda value: value.replace(microsecond=0))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(TIMES, TIMES, MOMENTS)
def test_a_daily_window_ends_within_a_day_and_is_over_then(begin: time, end: time, now: datetime) -> None:
    if begin == end:
        return
    window = FreezeWindow(reason="any", daily_from=begin, daily_until=end)
    over = window.end(now)
    assert over is None or now < over <= now + timedelta(days=1)
    assert over is None or window.end(over) is None


def test_windows_without_an_end_do_not_hang() -> None:
    """Somebody may freeze an environment for ever by two halves of a day."""
    halves = [
        FreezeWindow(reason="a", daily_from=time(0), daily_until=time(12)),
        FreezeWindow(reason="b", daily_from=time(12), daily_until=time(0)),
    ]
    assert freeze_in_force(halves, at("2026-11-25T12:00:00")) is not None


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"daily_from": "23:50"},
        {"first_day": "2026-12-24"},
        {"daily_from": "23:50", "daily_until": "00:20", "first_day": "2026-12-24", "last_day": "2026-12-26"},
        {"daily_from": "23:50", "daily_until": "23:50"},
        {"first_day": "2026-12-26", "last_day": "2026-12-24"},
        {"daily_from": "23:50", "daily_until": "00:20", "last_day": "2026-12-26"},
        {"daily_from": "25:00", "daily_until": "00:20"},
    ],
)
def test_a_window_that_is_neither_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FreezeWindow.model_validate({"reason": "why", **settings})
