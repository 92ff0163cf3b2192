"""Waiting for a condition: a look, a pause, another look, until a deadline. Nothing waits in another way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import TypeVar

Answer = TypeVar("Answer")

Progress = Callable[[str], None]
"""Is told how it goes, a sentence at a time."""


@dataclass(frozen=True)
class Pace:
    """How long to wait and how often to look, all in seconds; the clock is a monotonic one.

    After the first pause each is twice as long as the one before, up to the interval: much is there soon.
    """

    deadline_seconds: float
    interval_seconds: float = 2.0
    first_seconds: float = 0.25
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def pauses(self) -> Iterator[float]:
        """The seconds from each look to the next."""
        pause = self.first_seconds
        while pause < self.interval_seconds:
            yield pause
            pause *= 2
        yield from repeat(self.interval_seconds)


def wait_for(look: Callable[[], Answer | None], pace: Pace) -> Answer | None:
    """The first answer of `look` that is not None; None when the deadline passes without one.

    Looks at least once, and once more at the deadline itself. Whatever `look` raises ends the waiting.
    """
    deadline = pace.clock() + pace.deadline_seconds
    pauses = pace.pauses()
    while True:
        answer = look()
        left = deadline - pace.clock()
        if answer is not None or left <= 0:
            return answer
        pace.sleep(min(next(pauses), left))


def each_once(tell: Progress) -> Progress:
    """Tells each sentence the first time only, for a look that finds the same again and again."""
    said: set[str] = set()

    def tell_once(sentence: str) -> None:
        if sentence not in said:
            said.add(sentence)
            tell(sentence)

    return tell_once
