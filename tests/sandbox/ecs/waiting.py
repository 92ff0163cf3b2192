"""Waits for what other processes bring about."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_for(what: str, look: Callable[[], Found], *, within: float = 30.0) -> Found:
    """Return what `look` finds as soon as it is true; fail with `what` after so many seconds."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within:.0f} s: {what}; last seen {found!r}")
        time.sleep(0.05)
