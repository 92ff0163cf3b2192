"""Waiting ends with an answer or at the deadline, and looks no more often than it says."""

from __future__ import annotations

from systems.waiting import each_once, wait_for
from tests.systems.ticking import Clock


def test_the_first_answer_ends_the_waiting() -> None:
    clock = Clock()
    answers = iter([None, None, 0])
    assert wait_for(lambda: next(answers), clock.pace(60)) == 0
    assert clock.slept == [2, 2]


def test_the_deadline_ends_the_waiting_after_a_last_look() -> None:
    clock = Clock()
    looks: list[float] = []
    assert wait_for(lambda: looks.append(clock.now), clock.pace(5)) is None
    assert looks == [0, 2, 4, 5]


def test_what_is_soon_there_is_soon_seen() -> None:
    """Each pause is twice the one before until it is the interval."""
    clock = Clock()
    assert wait_for(lambda: None, clock.pace(12, interval_seconds=3, first_seconds=0.5)) is None
    assert clock.slept == [0.5, 1, 2, 3, 3, 2.5]


def test_a_deadline_of_nothing_still_looks_once() -> None:
    assert wait_for(lambda: "there", Clock().pace(0)) == "there"


def test_what_is_found_again_is_told_once() -> None:
    told: list[str] = []
    tell = each_once(told.append)
    for sentence in ("creating", "creating", "available", "creating"):
        tell(sentence)
    assert told == ["creating", "available"]
