"""A clock that only sleeping moves, so that waiting is tested without waiting."""

from __future__ import annotations

from systems.waiting import Pace


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(seconds)
        self.now += seconds

    def pace(self, deadline_seconds: float, interval_seconds: float = 2) -> Pace:
        """A pace by this clock."""
        return Pace(deadline_seconds, interval_seconds, clock=lambda: self.now, sleep=self.sleep)
