"""Health checks: one request to one target, and what a series of them says of the target."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from sandbox.aws.load_balancer.routing import HealthCheck
from sandbox.aws.load_balancer.target_health import (
    CHECKING,
    HEALTHY,
    REGISTERING,
    TargetHealth,
    TargetKey,
    TargetState,
)

USER_AGENT = "ELB-HealthChecker/2.0"

LONGEST_CHECK_SECONDS = 5.0


@dataclass(frozen=True)
class Failure:
    """Why a check failed, in AWS's reason code and words."""

    reason: str
    description: str


class HealthRecord:
    """The health of one target as its checks come in.

    One check passed makes a new target healthy; after that the thresholds count.
    """

    def __init__(self) -> None:
        self.health: TargetHealth = REGISTERING
        self._passes = 0
        self._failures = 0

    def count(self, failure: Failure | None, check: HealthCheck) -> TargetHealth:
        """Take in the outcome of one check (None: passed) and tell the health now."""
        if failure is None:
            self._passes, self._failures = self._passes + 1, 0
            if self.health.state is TargetState.INITIAL or self._passes >= check.healthy_threshold:
                self.health = HEALTHY
            return self.health
        self._passes, self._failures = 0, self._failures + 1
        if self._failures >= check.unhealthy_threshold or self.health.state is TargetState.UNHEALTHY:
            self.health = TargetHealth(TargetState.UNHEALTHY, failure.reason, failure.description)
        elif self.health.state is TargetState.INITIAL:
            self.health = CHECKING
        return self.health


async def check_target(client: httpx.AsyncClient, target: TargetKey, check: HealthCheck) -> Failure | None:
    """Ask a target once; None says that it passed."""
    url = f"http://{target.address}:{check.port or target.port}{check.path}"
    try:
        response = await client.get(url, timeout=min(check.timeout, LONGEST_CHECK_SECONDS))
    except httpx.TimeoutException:
        return Failure("Target.Timeout", "Request timed out")
    except httpx.HTTPError:
        return Failure("Target.FailedHealthChecks", "Health checks failed")
    if accepts(check.codes, response.status_code):
        return None
    return Failure(
        "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{response.status_code}]"
    )


def accepts(codes: str, status: int) -> bool:
    """Tell whether a status is among codes such as "200", "200,202" or "200-299"."""
    ranges = (part.partition("-") for part in codes.split(","))
    return any(int(low) <= status <= int(high or low) for low, _, high in ranges)
