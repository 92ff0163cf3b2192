"""Times at which an environment is not to be changed, and which of them is in force. Pure: the time is given.

All times are UTC, as the application's own jobs are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

_MOST_IN_A_ROW = 100
"""Windows that meet end to end are followed to the end of the last; those without one are not for ever."""

LONGEST_FREEZE_REASON = 200
FreezeReason = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_FREEZE_REASON, strip_whitespace=True)
]


class FreezeWindow(BaseModel):
    """A time at which nothing is changed: each day between two times, or from one date to another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: FreezeReason = Field(description="Why; shown to whoever is refused.")
    daily_from: time | None = Field(default=None, description="UTC, for example 23:50.")
    daily_until: time | None = Field(
        default=None, description="UTC, no longer frozen; before daily_from it is on the day after."
    )
    first_day: date | None = None
    last_day: date | None = Field(default=None, description="Frozen to its end.")

    @model_validator(mode="after")
    def _is_either_daily_or_dated(self) -> Self:
        daily = {self.daily_from is not None, self.daily_until is not None}
        dated = {self.first_day is not None, self.last_day is not None}
        if len(daily | dated) == 1 or len(daily) == 2 or len(dated) == 2:
            raise ValueError("give either daily_from and daily_until, or first_day and last_day")
        if True in daily and self.daily_from == self.daily_until:
            raise ValueError("daily_from and daily_until are the same")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("last_day is before first_day")
        return self

    def end(self, now: datetime) -> datetime | None:
        """When this window ends, where `now` lies in it; else None."""
        at = now.astimezone(UTC)
        if self.daily_from is not None and self.daily_until is not None:
            return _end_of_daily(at, self.daily_from, self.daily_until)
        if self.first_day is not None and self.last_day is not None:
            inside = self.first_day <= at.date() <= self.last_day
            return _midnight(self.last_day + timedelta(days=1)) if inside else None
        return None


class Freeze(BaseModel):
    """A freeze that is in force: why, and until when."""

    model_config = ConfigDict(frozen=True)

    reason: str
    ends_at: datetime


class FreezeOverride(BaseModel):
    """A change that was made in spite of a freeze, and what for."""

    model_config = ConfigDict(frozen=True)

    freeze: Freeze
    reason: str


def freeze_in_force(windows: Iterable[FreezeWindow], now: datetime) -> Freeze | None:
    """The freeze at this time, which ends when no window is in force any more; None where there is none."""
    known = list(windows)
    reasons = [window.reason for window in known if window.end(now)]
    if not reasons:
        return None
    ends_at = now
    for _ in range(_MOST_IN_A_ROW):
        later = [end for window in known if (end := window.end(ends_at))]
        if not later:
            break
        ends_at = max(later)
    return Freeze(reason="; ".join(reasons), ends_at=ends_at)


def _end_of_daily(now: datetime, begin: time, end: time) -> datetime | None:
    clock = now.time()
    if begin < end:
        return datetime.combine(now.date(), end, UTC) if begin <= clock < end else None
    if clock >= begin:
        return datetime.combine(now.date() + timedelta(days=1), end, UTC)
    return datetime.combine(now.date(), end, UTC) if clock < end else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
