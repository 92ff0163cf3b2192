"""What became of a branch that a fix was to be merged into."""

from __future__ import annotations

from models.branch import Ended, Outcome, conflicts_in_words
from models.check import Check, Verdict, Weight


def check_name(branch: str) -> str:
    """What the check of a branch is called."""
    return f"The fix on {branch}"


class MergeEnd(Ended):
    """What became of a branch that was to have a fix."""

    def check(self) -> Check:
        """What people are told of it; the service is well whatever became of the branch."""
        left = self.outcome is Outcome.PULL_REQUEST
        return Check(
            name=check_name(self.branch),
            weight=Weight.TOLD,
            verdict=Verdict.FAILED if left else Verdict.PASSED,
            detail=self._detail(),
            next_step=f"Merge {self.pull_request} before {self.branch} is deployed again." if left else "",
        )

    def _detail(self) -> str:
        if self.outcome is Outcome.PULL_REQUEST:
            return (
                f"{self.branch} lacks the fix, because {self.why}{conflicts_in_words(self.paths)}; "
                f"{self.pull_request} waits to be merged"
            )
        return f"{self.branch} has the fix, at {self.head[:12]}"


def not_looked_at(check: Check, branch: str) -> Check:
    """The check with the way out that is left where the branch could not even be looked at."""
    if check.verdict is not Verdict.INCONCLUSIVE:
        return check
    way_out = f"Start the hotfix again: it goes on with {branch}."
    return check.model_copy(update={"next_step": way_out})
