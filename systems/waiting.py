"""Waiting for a condition: a look, a pause, another look, until a deadline. Nothing waits in another way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Answer = TypeVar("Answer")

Progress = Callable[[str], None]
"""Is told how it goes, a sentence at a time."""


@dataclass(frozen=True)
class Pace:
    """How long to wait and how often to look, both in seconds; the clock is a monotonic one."""

    deadline_seconds: float
    interval_seconds: float = 2.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def wait_for(look: Callable[[], Answer | None], pace: Pace) -> Answer | None:
    """The first answer of `look` that is not None; None when the deadline passes without one.

    Looks at least once, and once more at the deadline itself. Whatever `look` raises ends the waiting.
    """
    deadline = pace.clock() + pace.deadline_seconds
    while True:
        answer = look()
        left = deadline - pace.clock()
        if answer is not None or left <= 0:
            return answer
        pace.sleep(min(pace.interval_seconds, left))


def each_once(tell: Progress) -> Progress:
    """Tells each sentence the first time only, for a look that finds the same again and again."""
    said: set[str] = set()

    def tell_once(sentence: str) -> None:
        if sentence not in said:
            said.add(sentence)
            tell(sentence)

    return tell_once
