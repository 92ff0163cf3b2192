"""Makes a branch hold the files of an earlier commit by one more commit on it, as git's revert does.

GitHub's API has no revert. What it has is a merge: a commit with the files wanted, whose parent is the commit
that is left, merged into the branch's head, is the branch without that difference. Names and messages of the
repository are never used in a message of ours: `[skip ci]` or `fixes #1` in one would mean something.
"""

from __future__ import annotations

from collections.abc import Callable

from github.GitCommit import GitCommit
from github.GitTree import GitTree
from github.Repository import Repository

from models.branch import BranchEnd, Outcome
from models.markdown import code, plain
from models.names import CommitSha
from systems.github.branches import Branches, unless_outpaced
from systems.github.client import explained
from systems.github.commits import is_ancestor
from systems.github.pull_requests import ensure_pull_request


class Reversal:
    """One run's way to take a branch from the commit `leaves` to the files of the commit `to`.

    Its temporary branches carry the run's id, so that one that goes on after a kill finds them again.
    """

    def __init__(
        self, repository: Repository, *, branch: str, leaves: CommitSha, to: CommitSha, run: str
    ) -> None:
        self._repository = repository
        self._branches = Branches(repository)
        self._branch = branch
        self._leaves = leaves
        self._to = to
        self._undo = f"credex-rollback/{run}/undo"
        self._merged = f"credex-rollback/{run}/merged"
        self._message = (
            f"Go back to {to[:12]}\n\nTakes back what {leaves} changed since {to}.\nFlow run: {run}\n"
        )

    def carry_out(self, say: Callable[[str], None]) -> BranchEnd:
        """Move the branch forward by one commit, or open a pull request where that cannot be.

        The branch is only moved from the head that was looked at: where others were faster, the commit is
        made anew on theirs. Raises ServiceUnavailable when they always are, SetUpError for a missing right.
        """
        by_hand = f"Revert {self._leaves[:12]} there by hand."
        return unless_outpaced(self._branch, self._attempt, say, by_hand=by_hand)

    def _attempt(self) -> BranchEnd | None:
        """What came of it; None where others moved the branch meanwhile."""
        head = self._branches.head(self._branch)
        if not is_ancestor(self._repository, self._leaves, head):
            return self._end(Outcome.ELSEWHERE, head)
        ended = self._move_from(head)
        self._branches.remove(self._merged)
        if ended is None or ended.outcome is not Outcome.PULL_REQUEST:
            self._branches.remove(self._undo)
        return ended

    def _move_from(self, head: CommitSha) -> BranchEnd | None:
        """What came of it; None where others moved the branch meanwhile."""
        undo = self._commit(self._files(self._to), self._leaves)
        self._branches.point(self._undo, undo.sha)
        tree = self._merge(head)
        if tree is None:
            both = self._branches.changed_in_both(self._leaves, head, undo.sha)
            return self._ask(head, "later changes conflict with that", both)
        if tree.sha == self._files(head).sha:
            return self._end(Outcome.MOVED if self._is_ours(head) else Outcome.AGREED, head)
        wanted = self._commit(tree, head)
        refusal = self._branches.advance(self._branch, wanted.sha)
        if refusal is None:
            return self._end(Outcome.MOVED, wanted.sha)
        if self._branches.head(self._branch) != head:
            return None
        self._branches.point(self._undo, wanted.sha)
        return self._ask(head, f"it may not be moved directly ({refusal})", [])

    def _is_ours(self, head: CommitSha) -> bool:
        """Whether this run made the head before it was killed."""
        with explained(f"read the commit {head[:12]}"):
            return self._repository.get_git_commit(head).message.strip() == self._message.strip()

    def _files(self, commit: CommitSha) -> GitTree:
        with explained(f"read the commit {commit[:12]}"):
            return self._repository.get_git_commit(commit).tree

    def _commit(self, tree: GitTree, parent: CommitSha) -> GitCommit:
        with explained(f"write a commit on {parent[:12]}"):
            parents = [self._repository.get_git_commit(parent)]
            return self._repository.create_git_commit(self._message, tree, parents)

    def _merge(self, head: CommitSha) -> GitTree | None:
        """The files of both, merged beside the branch; None where they conflict."""
        merged = self._branches.merge_beside(self._merged, at=head, other=self._undo, message=self._message)
        return None if merged is None else self._files(merged)

    def _ask(self, head: CommitSha, why: str, paths: list[str]) -> BranchEnd:
        pull_request = ensure_pull_request(
            self._repository,
            head=self._undo,
            base=self._branch,
            title=f"Go back to {self._to[:12]}",
            body=_body(self._branch, why, paths),
        )
        return self._end(Outcome.PULL_REQUEST, head, pull_request=pull_request, why=why, paths=paths)

    def _end(self, outcome: Outcome, head: CommitSha, **told: object) -> BranchEnd:
        return BranchEnd.model_validate({"branch": self._branch, "outcome": outcome, "head": head, **told})


def _body(branch: str, why: str, paths: list[str]) -> str:
    files = "".join(f"- {code(path)}\n" for path in paths)
    told = f"{code(branch)} still has what was taken back from the service: {plain(why)}."
    return f"{told}\n\nChanged on both sides:\n\n{files}" if files else told
