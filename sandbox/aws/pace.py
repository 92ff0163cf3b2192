"""How fast the sandbox's AWS lives: what takes minutes at AWS takes seconds here, by one factor for all."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_FACTOR = 0.05

SHORTEST_SECONDS = 0.25
"""Nothing is shortened below this: a busy machine must still be able to answer a health check in time."""


@dataclass(frozen=True)
class Pace:
    """Turns the seconds of an AWS setting (intervals, delays, grace periods) into those of the sandbox."""

    factor: float = DEFAULT_FACTOR

    def seconds(self, at_aws: float) -> float:
        """Shorten; 0 stays 0, and nothing becomes longer than it is at AWS."""
        return min(at_aws, max(at_aws * self.factor, SHORTEST_SECONDS))
