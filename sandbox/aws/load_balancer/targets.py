"""Which targets get requests now: checks their health, hands them out in turn, lets the last requests end.

Everything here runs in the load balancer's own event loop, so that handing out a target and noticing that it
drains never overlap.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from sandbox.aws.load_balancer.health_checks import USER_AGENT, HealthRecord, check_target
from sandbox.aws.load_balancer.routing import HealthCheck, TargetGroup
from sandbox.aws.load_balancer.target_health import (
    DRAINING,
    NOT_IN_USE,
    TargetHealth,
    TargetHealthBook,
    TargetKey,
    TargetState,
)
from sandbox.aws.pace import Pace


@dataclass
class _Target:
    """A registered target; `drained_by` is set once it is deregistered (in the event loop's time)."""

    record: HealthRecord = field(default_factory=HealthRecord)
    next_check: float = 0.0
    drained_by: float | None = None
    deregistration_delay: float = 0.0


class Targets:
    """The targets of all groups. `book` is where their health is written down for others."""

    def __init__(self, book: TargetHealthBook, pace: Pace) -> None:
        self._book = book
        self._pace = pace
        self._targets: dict[TargetKey, _Target] = {}
        self._requests: Counter[TargetKey] = Counter()
        self._turns: Counter[str] = Counter()
        self._checks: dict[TargetKey, asyncio.Task[None]] = {}
        self._client = httpx.AsyncClient(
            headers={"User-Agent": USER_AGENT},
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    def apply(self, groups: tuple[TargetGroup, ...]) -> None:
        """Take in what is registered now: check what is due, drain what is gone."""
        now = asyncio.get_running_loop().time()
        registered = {key: group for group in groups for key in group.targets}
        for key, group in registered.items():
            self._keep(key, group, now)
        for key in [key for key in self._targets if key not in registered]:
            self._drain(key, now)

    def _keep(self, key: TargetKey, group: TargetGroup, now: float) -> None:
        target = self._targets.setdefault(key, _Target())
        if target.drained_by is not None:
            target = self._targets[key] = _Target()
        target.deregistration_delay = group.deregistration_delay
        if not group.in_use:
            self._note(key, NOT_IN_USE)
            return
        self._note(key, target.record.health)
        if now >= target.next_check and key not in self._checks:
            target.next_check = now + self._pace.seconds(group.health_check.interval)
            check = asyncio.create_task(self._check(key, target, group.health_check))
            self._checks[key] = check
            check.add_done_callback(lambda _: self._checks.pop(key, None))

    async def _check(self, key: TargetKey, target: _Target, health_check: HealthCheck) -> None:
        failure = await check_target(self._client, key, health_check)
        if self._targets.get(key) is target and target.drained_by is None:
            self._note(key, target.record.count(failure, health_check))

    def _drain(self, key: TargetKey, now: float) -> None:
        target = self._targets[key]
        if target.drained_by is None:
            target.drained_by = now + self._pace.seconds(target.deregistration_delay)
            self._note(key, DRAINING)
        if not self._requests[key] or now >= target.drained_by:
            del self._targets[key]
            self._requests.pop(key, None)
            self._book.forget(key)

    def _note(self, key: TargetKey, health: TargetHealth) -> None:
        self._book.note(key, health)

    def next_healthy(self, group: str) -> TargetKey | None:
        """Pick the group's healthy target whose turn it is; None where there is none."""
        healthy = [
            key
            for key, target in self._targets.items()
            if key.group == group
            and target.drained_by is None
            and target.record.health.state is TargetState.HEALTHY
        ]
        if not healthy:
            return None
        self._turns[group] += 1
        return healthy[self._turns[group] % len(healthy)]

    @contextmanager
    def request_to(self, key: TargetKey) -> Iterator[None]:
        """Count a request as under way, so that its target is not let go before it ends."""
        self._requests[key] += 1
        try:
            yield
        finally:
            self._requests[key] -= 1

    async def close(self) -> None:
        """Stop checking and strike everything out of the book."""
        checks = list(self._checks.values())
        for check in checks:
            check.cancel()
        await asyncio.gather(*checks, return_exceptions=True)
        await self._client.aclose()
        for key in self._targets:
            self._book.forget(key)
