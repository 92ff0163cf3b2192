"""The outcome of one look at reality, and of many: the worst wins, and not knowing is not success."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Verdict(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"

    @property
    def severity(self) -> int:
        """Rank for comparison: passed 0, inconclusive 1, failed 2."""
        return {"passed": 0, "inconclusive": 1, "failed": 2}[self.value]


class Weight(StrEnum):
    """What a check that is not well means for a deployment."""

    SERVING = "serving"
    """The new release does not serve: the last good one is put back."""
    NEEDED = "needed"
    """It serves, but it is no success: a person has to look."""
    TOLD = "told"
    """People are told, and that is all."""


class Check(BaseModel):
    """One named look: what was looked at, what was found, and what to do when it is not well."""

    model_config = ConfigDict(frozen=True)

    weight: Weight = Weight.NEEDED

    name: str
    verdict: Verdict
    detail: str
    next_step: str = ""

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return self.verdict is Verdict.PASSED


class Verification(BaseModel):
    """All checks of one verification."""

    model_config = ConfigDict(frozen=True)

    checks: list[Check]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict; inconclusive where nothing was checked."""
        return worst(check.verdict for check in self.checks)

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return self.verdict is Verdict.PASSED

    def unwell(self, *weights: Weight) -> list[Check]:
        """The checks of these weights that did not pass, the worst first; of all weights for none named."""
        found = [check for check in self.checks if not check.passed and check.weight in (weights or Weight)]
        return sorted(found, key=lambda check: -check.verdict.severity)

    @property
    def to_know(self) -> str:
        """What did not pass, in one sentence with a space before it; empty where all is well.

        A job's flag that stays set after a deployment, for instance.
        """
        told = "; ".join(f"{check.name}: {check.detail}" for check in self.unwell())
        return f" To know: {told}." if told else ""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; inconclusive for none at all."""
    return max(verdicts, key=lambda verdict: verdict.severity, default=Verdict.INCONCLUSIVE)
