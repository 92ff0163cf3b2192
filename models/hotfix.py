"""A hotfix's name and branch, and how it stands: what is there of it, and what hinders it. Pure."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.errors import Refused
from models.guard import Finding, Severity
from models.log import Event, Record
from models.names import CommitSha, HotfixName, ImageDigest, Scenario
from models.release import Release

_SUBJECTS_SHOWN = 5


def branch_of(name: HotfixName) -> str:
    """The branch to which the fix is pushed."""
    return f"hotfix/{name}"


def run_name_of(name: HotfixName) -> str:
    """What its flow runs are called, by which the log tells one hotfix from another."""
    return f"hotfix-{name}"


class Advance(StrEnum):
    """How the branch stands to what runs; the values are GitHub's words for it."""

    NONE = "identical"
    SOME = "ahead"
    BEHIND = "behind"
    DIVERGED = "diverged"


class HotfixBranch(BaseModel):
    """The hotfix's branch as it was found, or made.

    `base` is what the environment really runs, `head` the branch's newest commit, `usual_head` that of the
    environment's own branch.
    """

    model_config = ConfigDict(frozen=True)

    name: HotfixName
    environment: str
    base: CommitSha
    head: CommitSha
    usual_branch: str
    usual_head: CommitSha
    created: bool = False
    advance: Advance = Advance.NONE
    subjects: list[str] = []
    """The first lines of the fix's commits, the oldest first; those that are the newest, of very many."""

    @property
    def branch(self) -> str:
        """Its name."""
        return branch_of(self.name)

    @property
    def unusual(self) -> str:
        """Where what runs is not the head of the environment's own branch; empty where it is."""
        if self.base == self.usual_head:
            return ""
        return (
            f"{self.environment} runs {self.base[:12]}, which is not the head of {self.usual_branch} "
            f"({self.usual_head[:12]}): the fix is made on what runs"
        )

    def is_done(self, records: list[Record]) -> bool:
        """Whether this very hotfix has brought its head to the environment.

        Then only its branches may be left to do; else a branch that holds just what runs has no fix yet.
        """
        return any(
            record.entry.scenario is Scenario.HOTFIX
            and record.entry.flow_run_name == run_name_of(self.name)
            and record.entry.event in {Event.SUCCEEDED, Event.UNCHANGED}
            and self._is_release_of(record)
            for record in records
        )

    def require_on_what_runs(self) -> None:
        """Raise Refused where the branch does not hold what the environment runs."""
        if self.advance is Advance.BEHIND:
            raise Refused(
                f"{self.environment} runs {self.base[:12]}, which holds all of {self.branch} and more.",
                next_step="Nothing on it is left to deploy: delete it, or give the next fix another name.",
            )
        if self.advance is Advance.DIVERGED:
            raise Refused(
                f"{self.environment} runs {self.base[:12]}, which is not in {self.branch}: deploying its "
                f"head {self.head[:12]} would take something back.",
                next_step=f"Merge {self.base[:12]} into {self.branch} and push, or begin anew under another "
                "name; then start the hotfix again.",
            )

    def require_made_of(self, commit: CommitSha) -> None:
        """Raise Refused where the environment has come to run something else since the branch was found."""
        if commit not in {self.base, self.head}:
            raise Refused(
                f"{self.environment} has come to run {commit[:12]} since this hotfix began, made of "
                f"{self.base[:12]}: deploying it might take something back.",
                next_step=f"Merge {commit[:12]} into {self.branch} and push; then start the hotfix again.",
            )

    def require_never_left(self, records: list[Record]) -> None:
        """Raise Refused where the environment ran this fix and went back from it.

        Its own branch has then lost the fix by a commit, and a merge would not bring it again.
        """
        ran = [record.number for record in records if self._is_release_of(record)]
        if ran and self.head != self.base:
            raise Refused(
                f"{self.environment} ran {self.branch} (record {ran[-1]}) and went back from it.",
                next_step=f"Go forward again: credex rollback --env {self.environment} --to {ran[-1]}; or "
                "make a better fix under another name.",
            )

    def _is_release_of(self, record: Record) -> bool:
        return record.good_release is not None and record.good_release.commit == self.head

    def how_to_go_on(self) -> str:
        """What is to be done where there is no fix on the branch yet."""
        made = f"{self.branch} is made" if self.created else f"{self.branch} is there"
        told = f" {self.unusual}." if self.unusual else ""
        return (
            f"{made}, at {self.base[:12]}, which {self.environment} runs; no fix is on it yet.{told} "
            f"Push the fix to {self.branch}; when its checks are green and its image is built: "
            f"credex trigger hotfix --env {self.environment} -p name={self.name}"
        )


class Fix(BaseModel):
    """What is to run: the branch's head, the image that was built of it, and the checks that it passed."""

    model_config = ConfigDict(frozen=True)

    branch: HotfixBranch
    image_digest: ImageDigest
    checks: list[str]

    def on(self, release: Release) -> Release:
        """The release with the fix and nothing else changed."""
        return release.model_copy(update={"commit": self.branch.head, "image_digest": self.image_digest})

    def worth_knowing(self) -> list[Finding]:
        """What an approver should read besides the plan."""
        told = [self._adds(), f"Its checks are green: {', '.join(map(repr, self.checks))}."]
        if self.branch.unusual:
            told.append(f"{self.branch.unusual}.")
        return [
            Finding(severity=Severity.WORTH_A_LOOK, address=self.branch.branch, reason=each) for each in told
        ]

    def _adds(self) -> str:
        branch, more = self.branch, len(self.branch.subjects) - _SUBJECTS_SHOWN
        listed = ", ".join(map(repr, branch.subjects[-_SUBJECTS_SHOWN:]))
        before = f" and {more} before" if more > 0 else ""
        return f"It adds to {branch.base[:12]}: {listed or 'nothing'}{before}."
