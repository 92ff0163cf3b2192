"""What GitHub knows of a commit's builds and tests: check runs and commit statuses."""

from __future__ import annotations

from github.Commit import Commit
from github.CommitStatus import CommitStatus
from github.Repository import Repository

from models.commit_checks import Colour, CommitCheck
from models.names import CommitSha
from systems.github.client import explained
from systems.github.statuses import is_ours, statuses_of

_SAID_NOTHING = "skipped"
_GREEN = frozenset({"success", "neutral"})
_RUNNING = "pending"


def read_checks(repository: Repository, commit: CommitSha) -> list[CommitCheck]:
    """The newest check of each name, by name. One that was skipped says nothing, and is left out.

    Raises SetUpError for a token that may not read them.
    """
    with explained(f"read the checks of {commit[:12]}"):
        found = repository.get_commit(commit)
        return sorted([*_check_runs(found), *_statuses(found)], key=lambda check: check.name)


def _check_runs(commit: Commit) -> list[CommitCheck]:
    """A run without a conclusion has not ended; any that is not known to be good is not."""
    return [
        CommitCheck(name=run.name, colour=_colour(run.conclusion or _RUNNING))
        for run in commit.get_check_runs(filter="latest")
        if run.conclusion != _SAID_NOTHING
    ]


def _statuses(commit: Commit) -> list[CommitCheck]:
    """The newest of each context, whose case does not count for GitHub; our own are no checks.

    GitHub calls a commit without any status pending, so that each is looked at by itself.
    """
    newest: dict[str, CommitStatus] = {}
    for status in statuses_of(commit):
        if not is_ours(status.context):
            newest.setdefault(status.context.casefold(), status)
    return [CommitCheck(name=status.context, colour=_colour(status.state)) for status in newest.values()]


def _colour(said: str) -> Colour:
    if said == _RUNNING:
        return Colour.RUNNING
    return Colour.GREEN if said in _GREEN else Colour.RED
