"""When a flow run whose process is gone goes on by itself, and when it is left to people. Pure."""

from __future__ import annotations

from datetime import timedelta

RECENT = timedelta(hours=1)
"""Older crashes are left to people: what they were to change may have been changed otherwise since."""

MOST_STARTS = 5
"""A run that was started so often and died each time is left to people."""


def goes_on(starts: int, crashed_for: timedelta) -> bool:
    """Whether a crashed run that was started so often is started once more."""
    return crashed_for < RECENT and starts < MOST_STARTS
