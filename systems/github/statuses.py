"""Commit statuses: what people see beside a commit, in every list of commits and pull requests."""

from __future__ import annotations

from typing import Literal

from github.Commit import Commit
from github.CommitStatus import CommitStatus
from github.GithubObject import NotSet
from github.PaginatedList import PaginatedList
from github.Repository import Repository

from models.names import CommitSha, EnvironmentName
from systems.github.client import explained, looking_first, shortened

CommitState = Literal["pending", "success", "failure", "error"]

_OURS = "credex/"


def is_ours(context: str) -> bool:
    """Whether a status is one that a deployment sets: it says nothing of whether the commit is good."""
    return context.startswith(_OURS)


def statuses_of(commit: Commit) -> PaginatedList[CommitStatus]:
    """All statuses of a commit, the newest first, on however many pages.

    PyGithub reads no more than the first page of the combined status, and asks for this list at an address
    that GitHub does not describe.
    """
    return PaginatedList(CommitStatus, commit.requester, f"{commit.url}/statuses", None)


@looking_first
def set_commit_status(
    repository: Repository,
    commit: CommitSha,
    environment: EnvironmentName,
    state: CommitState,
    *,
    description: str,
    url: str | None,
) -> None:
    """Say how a commit's deployment to an environment fares, unless that was the last thing said."""
    with explained(f"set a status of commit {commit[:12]}"):
        found = repository.get_commit(commit)
        newest = _newest(found, environment)
        said = (newest.state, newest.description, newest.target_url or "") if newest else None
        told = shortened(description)
        if said != (state, told, url or ""):
            context = f"{_OURS}{environment}"
            found.create_status(state, target_url=url or NotSet, description=told, context=context)


def is_pending(repository: Repository, commit: CommitSha, environment: EnvironmentName, url: str) -> bool:
    """Whether a commit's deployment to an environment waits or goes on, as the run with this page said."""
    with explained(f"read the statuses of commit {commit[:12]}"):
        newest = _newest(repository.get_commit(commit), environment)
        return newest is not None and newest.state == "pending" and (newest.target_url or "") == url


def _newest(commit: Commit, environment: EnvironmentName) -> CommitStatus | None:
    context = f"{_OURS}{environment}"
    return next((status for status in statuses_of(commit) if status.context == context), None)
