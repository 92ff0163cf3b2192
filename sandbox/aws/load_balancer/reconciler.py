"""Brings what listens and what is checked in line with the load balancers that AWS was asked for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine

from sandbox.aws.load_balancer.configuration import read_configuration
from sandbox.aws.load_balancer.routing import Configuration
from sandbox.aws.load_balancer.serving import Serving
from sandbox.aws.load_balancer.target_health import BOOK
from sandbox.aws.load_balancer.targets import Targets
from sandbox.aws.pace import Pace

STEP_SECONDS = 20.0
"""How long one step may take: the closing of listeners with requests under way is the longest."""


class LoadBalancers:
    """The reconciler of load balancers; `pace` shortens health check intervals and deregistration delays."""

    name = "load balancers"

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="load balancer", daemon=True)
        self._targets: Targets | None = None
        self._serving: Serving | None = None

    def step(self) -> None:
        """Take in the configuration as it is now.

        Raises:
            SetUpError: a listener's address cannot be listened on.

        """
        if not self._thread.is_alive():
            self._thread.start()
        self._run(self._apply(read_configuration()))

    async def _apply(self, configuration: Configuration) -> None:
        if self._targets is None or self._serving is None:
            self._targets = Targets(BOOK, self._pace)
            self._serving = Serving(self._targets)
        self._targets.apply(configuration.groups)
        await self._serving.apply(configuration.listeners)

    def close(self) -> None:
        """Stop listening and checking."""
        if self._thread.is_alive():
            self._run(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        if self._serving is not None:
            await self._serving.close()
        if self._targets is not None:
            await self._targets.close()

    def _run(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(STEP_SECONDS)
