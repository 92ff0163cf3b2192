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
    """One commit on the branch makes its files those of the release."""
    AGREED = "agreed"
    """The branch held those files already."""
    PULL_REQUEST = "pull request"
    """The branch could not be moved: people have to merge."""
    ELSEWHERE = "elsewhere"
    """What ran is not in the branch's history, so nothing there is to be taken back."""


class BranchEnd(BaseModel):
    """The branch's end; `head` is its commit, `why` says why it was left to people."""

    model_config = ConfigDict(frozen=True)

    branch: str
    outcome: Outcome
    head: CommitSha
    pull_request: str = ""
    why: str = ""
    paths: list[str] = []
    """The files that stand in the way, where changes conflict."""

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
        shown = self.branch
        if self.outcome is Outcome.MOVED:
            return f"commit {self.head[:12]} on {shown} makes it what runs"
        if self.outcome is Outcome.AGREED:
            return f"{shown} is what runs already, at {self.head[:12]}"
        if self.outcome is Outcome.ELSEWHERE:
            return f"what ran before is not in the history of {shown}, which was left as it is"
        return f"{shown} still has what was taken back: {self.why}{self._conflicts()}"

    def _conflicts(self) -> str:
        more = len(self.paths) - _PATHS_SHOWN
        shown = ", ".join(repr(path) for path in self.paths[:_PATHS_SHOWN])
        return (f" ({shown}" + (f" and {more} more)" if more > 0 else ")")) if self.paths else ""

    def _next_step(self) -> str:
        if self.outcome is Outcome.PULL_REQUEST:
            return f"Merge {self.pull_request} before {self.branch} is deployed again."
        return f"See that {self.branch} does not bring back what was taken back, before it is deployed again."
