"""The book of each target's health: the load balancer writes it, AWS's answers and ECS read it.

The book is one for the process, as moto's state is.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum


class TargetState(StrEnum):
    """A target's state in the words of DescribeTargetHealth."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"
    UNUSED = "unused"


@dataclass(frozen=True)
class TargetHealth:
    """A state with the reason code and the description that AWS gives beside it."""

    state: TargetState
    reason: str | None = None
    description: str | None = None


HEALTHY = TargetHealth(TargetState.HEALTHY)
REGISTERING = TargetHealth(
    TargetState.INITIAL, "Elb.RegistrationInProgress", "Target registration is in progress"
)
CHECKING = TargetHealth(TargetState.INITIAL, "Elb.InitialHealthChecking", "Initial health checks in progress")
DRAINING = TargetHealth(
    TargetState.DRAINING, "Target.DeregistrationInProgress", "Target deregistration is in progress"
)
NOT_IN_USE = TargetHealth(
    TargetState.UNUSED,
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)


@dataclass(frozen=True)
class TargetKey:
    """A target: the ARN of its target group, and its address and port in there."""

    group: str
    address: str
    port: int


class TargetHealthBook:
    """What is known of each target; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[TargetKey, TargetHealth] = {}

    def note(self, key: TargetKey, health: TargetHealth) -> None:
        """Write down a target's health."""
        with self._lock:
            self._entries[key] = health

    def forget(self, key: TargetKey) -> None:
        """Strike out a target that is deregistered and gets no request any more."""
        with self._lock:
            self._entries.pop(key, None)

    def look_up(self, group: str, address: str) -> TargetHealth | None:
        """Tell a target's health; None for one that no load balancer has met, or that is long gone."""
        with self._lock:
            return next(
                (
                    health
                    for key, health in self._entries.items()
                    if (key.group, key.address) == (group, address)
                ),
                None,
            )

    def draining(self, group: str) -> list[TargetKey]:
        """List the targets of a group that are deregistered while requests to them are still under way."""
        with self._lock:
            return [key for key, health in self._entries.items() if key.group == group and health is DRAINING]


BOOK = TargetHealthBook()
