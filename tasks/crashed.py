"""When a flow run whose process is gone goes on by itself, and when it is left to people."""

from __future__ import annotations

from datetime import datetime, timedelta

from prefect.client.schemas.objects import FlowRun

RECENT = timedelta(hours=1)
"""Older crashes are left to people: what they were to change may have been changed otherwise since."""

MOST_STARTS = 5
"""A run that was started so often and died each time is left to people."""

GIVEN_UP = "Given up"
"""The name of the state of a crashed run that died too often although it never came to begin."""


def goes_on(run: FlowRun, now: datetime) -> bool:
    """Whether the run crashed and is started once more, where a worker is there to do it."""
    state = run.state
    if state is None or not state.is_crashed() or state.name == GIVEN_UP:
        return False
    return now - state.timestamp < RECENT and run.run_count < MOST_STARTS
