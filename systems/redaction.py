"""Keeps secrets out of whatever is said: values that were read are known here and struck out of any text.

A second line of defence. The first is that nothing puts a secret into a text.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

_SHORTEST = 6
"""Shorter values are struck out nowhere: they would hollow out ordinary words."""

_known: set[str] = set()
_lock = threading.Lock()


def remember_secrets(values: Iterable[str]) -> None:
    """From now on `scrub` strikes these values out, in this process."""
    with _lock:
        _known.update(value for value in values if len(value) >= _SHORTEST)


def scrub(text: str) -> str:
    """The text with every remembered secret replaced by stars, the longest first."""
    with _lock:
        known = sorted(_known, key=len, reverse=True)
    for value in known:
        text = text.replace(value, "***")
    return text
