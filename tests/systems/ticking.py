"""A clock that only sleeping moves, so that waiting is tested without waiting."""

from __future__ import annotations

import math

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

    def pace(
        self, deadline_seconds: float, interval_seconds: float = 2, first_seconds: float = math.inf
    ) -> Pace:
        """A pace by this clock, an even one unless its first pause is shorter."""
        return Pace(
            deadline_seconds, interval_seconds, first_seconds, clock=lambda: self.now, sleep=self.sleep
        )
