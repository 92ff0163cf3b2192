"""So many requests a minute for each client address, as credex-core limits them, /health included."""

from __future__ import annotations

import time
from collections.abc import Callable

WINDOW_SECONDS = 60.0


class RateLimit:
    """Counts in fixed windows that begin with an address's first request."""

    def __init__(self, requests_per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = requests_per_minute
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def admits(self, address: str) -> bool:
        """Count one request of the address and say whether it is still within the limit."""
        now = self._clock()
        began, count = self._windows.get(address, (now, 0))
        if now - began >= WINDOW_SECONDS:
            began, count = now, 0
        self._windows[address] = (began, count + 1)
        return count < self._limit
