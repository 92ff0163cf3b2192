"""Small plots as data for SVG: where each bar stands. What they look like is the page's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.dora import Week

WIDTH, HEIGHT = 320, 60
_GAP = 2


@dataclass(frozen=True)
class Bar:
    """One rectangle, in the plot's own units, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    failed: bool
    told: str


def week_bars(weeks: Sequence[Week]) -> list[Bar]:
    """Two bars for each week, one on the other: what went well, and what failed above it."""
    most = max((week.well + week.failed for week in weeks), default=0) or 1
    width = WIDTH / max(len(weeks), 1)
    bars: list[Bar] = []
    for place, week in enumerate(weeks):
        told = f"Week of {week.begins:%Y-%m-%d}: {week.well} well, {week.failed} failed"
        foot = float(HEIGHT)
        for count, failed in ((week.well, False), (week.failed, True)):
            height = HEIGHT * count / most
            foot -= height
            if count:
                bars.append(
                    Bar(
                        round(place * width, 1),
                        round(foot, 1),
                        round(width - _GAP, 1),
                        round(height, 1),
                        failed,
                        told,
                    )
                )
    return bars


def time_bars(hours: Sequence[tuple[float, str]]) -> list[Bar]:
    """One bar for each measured time, in the order of measurement; the longest fills the plot."""
    most = max((value for value, _ in hours), default=0.0) or 1.0
    width = WIDTH / max(len(hours), 12)
    return [
        Bar(
            round(place * width, 1),
            round(HEIGHT - max(HEIGHT * value / most, 1.0), 1),
            round(width - _GAP, 1),
            round(max(HEIGHT * value / most, 1.0), 1),
            failed=False,
            told=told,
        )
        for place, (value, told) in enumerate(hours)
    ]
