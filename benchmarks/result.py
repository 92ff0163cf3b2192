"""What a benchmark comes to: ours and what stands beside it, as medians of pairs that alternate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Measure = Callable[[], float]
"""Does the work once and gives the seconds that it took."""


@dataclass(frozen=True)
class Result:
    """One benchmark's figures, in seconds."""

    name: str
    ours: list[float]
    beside: list[float]
    what_stands_beside: str

    def line(self) -> str:
        """Name, ours, what stands beside it, ratio: one line for people and for `grep`."""
        ours, beside = median(self.ours), median(self.beside)
        pairs = ", ".join(f"{one:.1f}/{other:.1f}" for one, other in zip(self.ours, self.beside, strict=True))
        return (
            f"{self.name}: ours {ours:.1f} s, {self.what_stands_beside} {beside:.1f} s, "
            f"ratio {ours / beside:.2f} (medians of {pairs})"
        )


def measure_pairs(pairs: int, ours: Measure, beside: Measure) -> tuple[list[float], list[float]]:
    """Alternate the two, and who goes first, so that a machine that gets slower or faster favours neither."""
    took: dict[Measure, list[float]] = {ours: [], beside: []}
    for number in range(pairs):
        for measure in (beside, ours) if number % 2 == 0 else (ours, beside):
            took[measure].append(measure())
    return took[ours], took[beside]
