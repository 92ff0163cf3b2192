"""What became of an environment's branch when the environment went back: Git is to say what runs."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.check import Check, Verdict, Weight
from models.names import CommitSha

CHECK = "The branch and what runs"
_PATHS_SHOWN = 5


class Outcome(StrEnum):
    """How it ended."""

    MOVED = "moved"
    """One commit on the branch takes back there what the service lost."""
    AGREED = "agreed"
    """The branch had nothing of it."""
    PULL_REQUEST = "pull request"
    """The branch could not be moved: people have to merge."""
    ELSEWHERE = "elsewhere"
    """What ran is not in the branch's history, so nothing there is to be taken back."""


class Ended(BaseModel):
    """What became of a branch; `head` is its commit, `why` says why it was left to people."""

    model_config = ConfigDict(frozen=True)

    branch: str
    outcome: Outcome
    head: CommitSha
    pull_request: str = ""
    why: str = ""
    paths: list[str] = []
    """The files that stand in the way, where changes conflict."""


class BranchEnd(Ended):
    """What became of a branch that was to follow a service which went back."""

    def check(self) -> Check:
        """What people are told of it; the service is well whatever became of the branch."""
        agreed = self.outcome in {Outcome.MOVED, Outcome.AGREED}
        return Check(
            name=CHECK,
            weight=Weight.TOLD,
            verdict=Verdict.PASSED if agreed else Verdict.FAILED,
            detail=self._detail(),
            next_step="" if agreed else self._next_step(),
        )

    def _detail(self) -> str:
        if self.outcome is Outcome.MOVED:
            return f"{self.branch} follows the service by commit {self.head[:12]}"
        if self.outcome is Outcome.AGREED:
            return f"{self.branch} has nothing to take back, at {self.head[:12]}"
        if self.outcome is Outcome.ELSEWHERE:
            return f"what ran before is not in the history of {self.branch}, which was left as it is"
        return (
            f"{self.branch} still has what was taken back, because {self.why}"
            f"{conflicts_in_words(self.paths)}; {self.pull_request} waits to be merged"
        )

    def _next_step(self) -> str:
        if self.outcome is Outcome.PULL_REQUEST:
            return f"Merge {self.pull_request} before {self.branch} is deployed again."
        return _by_hand(self.branch)


def conflicts_in_words(paths: list[str]) -> str:
    """The files in which changes conflict, in brackets with a space before; empty where none is known."""
    shown, more = paths[:_PATHS_SHOWN], len(paths) - _PATHS_SHOWN
    named = ", ".join(map(repr, shown)) + (f" and {more} more" if more > 0 else "")
    return f" ({named})" if named else ""


def left_to_people(check: Check, branch: str) -> Check:
    """The check with the way out that is left where the branch could not even be looked at."""
    known = check.verdict is not Verdict.INCONCLUSIVE
    return check if known else check.model_copy(update={"next_step": _by_hand(branch)})


def _by_hand(branch: str) -> str:
    return f"See that {branch} does not bring back what was taken back, before it is deployed again."
