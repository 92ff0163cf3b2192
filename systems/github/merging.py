"""Merges a fix into a branch, by a fast-forward or one merge commit, or asks people to.

The branch moves only from the head that was looked at; where others were faster, the merge is made anew on
theirs. Nothing is ever forced.
"""

from __future__ import annotations

from collections.abc import Callable

from github.Repository import Repository

from models.branch import Outcome
from models.hotfix import branch_of
from models.markdown import code, plain
from models.merging import MergeEnd
from models.names import CommitSha, HotfixName
from systems.github.branches import Branches, unless_outpaced
from systems.github.client import explained
from systems.github.commits import compare
from systems.github.pull_requests import ensure_pull_request


class FixMerge:
    """One run's way to have the commit `fix` of a hotfix in a branch.

    Its temporary branch carries the run's id, so that one that goes on after a kill finds it again.
    """

    def __init__(
        self, repository: Repository, *, name: HotfixName, fix: CommitSha, branch: str, run: str
    ) -> None:
        self._repository = repository
        self._branches = Branches(repository)
        self._name = name
        self._fix = fix
        self._branch = branch
        self._temporary = f"credex-hotfix/{run}/{branch}"
        self._message = f"Merge the hotfix {name}\n\nCommit: {fix}\nFlow run: {run}\n"

    def carry_out(self, say: Callable[[str], None]) -> MergeEnd:
        """Merge the fix, or open a pull request where that cannot be; safe to do again.

        Raises ServiceUnavailable where others always move the branch first, SetUpError for a missing right.
        """
        by_hand = f"Merge {self._fix[:12]} there by hand."
        return unless_outpaced(self._branch, self._attempt, say, by_hand=by_hand)

    def _attempt(self) -> MergeEnd | None:
        """What came of it; None where others moved the branch meanwhile."""
        head = self._branches.head(self._branch)
        status = compare(self._repository, self._fix, head).status
        if status in {"identical", "ahead"}:
            return self._end(Outcome.AGREED, head)
        if status == "behind":
            return self._move(head, self._fix)
        try:
            merged = self._branches.merge_beside(
                self._temporary, at=head, other=self._fix, message=self._message
            )
        finally:
            self._branches.remove(self._temporary)
        if merged is None:
            return self._ask(head, "its changes conflict with the fix", self._in_conflict(head))
        return self._move(head, merged)

    def _move(self, head: CommitSha, merged: CommitSha) -> MergeEnd | None:
        refusal = self._branches.advance(self._branch, merged)
        if refusal is None:
            return self._end(Outcome.MOVED, merged)
        if self._branches.head(self._branch) != head:
            return None
        return self._ask(head, f"it may not be moved directly ({refusal})", [])

    def _in_conflict(self, head: CommitSha) -> list[str]:
        """GitHub does not name them, but they are among those changed on both sides."""
        with explained(f"compare {head[:12]} with {self._fix[:12]}"):
            fork = self._repository.compare(head, self._fix).merge_base_commit.sha
        return self._branches.changed_in_both(fork, head, self._fix)

    def _ask(self, head: CommitSha, why: str, paths: list[str]) -> MergeEnd:
        pull_request = ensure_pull_request(
            self._repository,
            head=branch_of(self._name),
            base=self._branch,
            title=f"Merge the hotfix {self._name} into {self._branch}",
            body=_body(self._branch, why, paths),
        )
        return self._end(Outcome.PULL_REQUEST, head, pull_request=pull_request, why=why, paths=paths)

    def _end(self, outcome: Outcome, head: CommitSha, **told: object) -> MergeEnd:
        return MergeEnd.model_validate({"branch": self._branch, "outcome": outcome, "head": head, **told})


def _body(branch: str, why: str, paths: list[str]) -> str:
    told = f"{code(branch)} lacks a fix that production runs: {plain(why)}."
    files = "".join(f"- {code(path)}\n" for path in paths)
    return f"{told}\n\nChanged on both sides:\n\n{files}" if files else told
