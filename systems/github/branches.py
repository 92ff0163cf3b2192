"""Branches and how they are moved: never by force but for temporary ones that are ours alone.

What is to be merged is merged beside the branch; the branch then moves to the result from the head that was
looked at, and from no other (compare and swap).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from github import GithubException
from github.Repository import Repository

from models.errors import Refused, ServiceUnavailable
from models.names import CommitSha
from systems.github.client import explained

_MISSING, _CONFLICT, _UNPROCESSABLE = 404, 409, 422


T = TypeVar("T")

ATTEMPTS = 5
"""How often others may move the branch first: each time the commit is made anew on top of theirs."""


def unless_outpaced(
    branch: str, attempt: Callable[[], T | None], say: Callable[[str], None], *, by_hand: str
) -> T:
    """What came of the first attempt before which nobody else moved the branch, which would give None.

    Raises ServiceUnavailable where others always do, with the way out that is left.
    """
    for _ in range(ATTEMPTS):
        ended = attempt()
        if ended is not None:
            return ended
        say(f"Somebody pushed to {branch} meanwhile: making the commit anew on theirs.")
    raise ServiceUnavailable(
        f"The branch {branch} was moved by others {ATTEMPTS} times while it was to get a commit.",
        next_step=by_hand,
    )


class Branches:
    """The branches of one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def head(self, name: str) -> CommitSha:
        """The commit that the branch is at. Raises SetUpError where there is none of this name."""
        with explained(f"read the branch {name}"):
            return self._repository.get_git_ref(f"heads/{name}").object.sha

    def find(self, name: str) -> CommitSha | None:
        """The commit that the branch is at; None where there is none of this name."""
        with explained(f"look for the branch {name}"):
            try:
                return self._repository.get_git_ref(f"heads/{name}").object.sha
            except GithubException as error:
                if error.status != _MISSING:
                    raise
                return None

    def create(self, name: str, commit: CommitSha) -> bool:
        """Make the branch at this commit; gives whether it is new: one that is there stays as it is."""
        with explained(f"make the branch {name}"):
            try:
                self._repository.create_git_ref(f"refs/heads/{name}", commit)
            except GithubException as error:
                if error.status != _UNPROCESSABLE or self.find(name) is None:
                    raise
                return False
            return True

    def point(self, name: str, commit: CommitSha) -> None:
        """Have a temporary branch of our own name this commit, wherever it was."""
        if not self.create(name, commit):
            with explained(f"write the temporary branch {name}"):
                self._update(name, commit, force=True)

    def advance(self, name: str, commit: CommitSha) -> str | None:
        """Move the branch to a commit that comes after the head that was looked at; why not, if not.

        It is refused where others moved the branch meanwhile, and where GitHub protects it.
        """
        try:
            with explained(f"move the branch {name}"):
                self._update(name, commit, force=False)
        except Refused as error:
            return error.next_step.removeprefix("It says: ").partition(". Mend")[0]
        return None

    def merge_beside(self, temporary: str, *, at: CommitSha, other: str, message: str) -> CommitSha | None:
        """The commit that merges `other` into `at`, on the temporary branch; None where they conflict.

        Where `at` has all of `other` already, it is `at` itself.
        """
        self.point(temporary, at)
        with explained(f"merge on the temporary branch {temporary}"):
            try:
                merged = self._repository.merge(temporary, other, message)
            except GithubException as error:
                if error.status != _CONFLICT:
                    raise
                return None
        return at if merged is None else merged.sha

    def changed_in_both(self, fork: CommitSha, one: CommitSha, other: CommitSha) -> list[str]:
        """The files that were changed on both sides since `fork`: those in which a conflict may be."""
        with explained(f"compare {fork[:12]} with {one[:12]} and {other[:12]}"):
            sides = [
                {file.filename for file in self._repository.compare(fork, side).files}
                for side in (one, other)
            ]
        return sorted(sides[0] & sides[1])

    def remove(self, name: str) -> None:
        """Remove a temporary branch of our own; one that is gone is no error."""
        with explained(f"remove the temporary branch {name}"):
            try:
                ref = self._repository.get_git_ref(f"heads/{name}")
                ref.complete()
                ref.delete()
            except GithubException as error:
                if error.status not in {_MISSING, _UNPROCESSABLE}:
                    raise

    def _update(self, name: str, commit: CommitSha, *, force: bool) -> None:
        ref = self._repository.get_git_ref(f"heads/{name}")
        ref.complete()  # its address is only right once GitHub has told it
        ref.edit(commit, force=force)
