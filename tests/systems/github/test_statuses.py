"""What stands beside a commit: how its deployment to each environment fares, said once."""

from __future__ import annotations

import pytest
from github.Repository import Repository

from models.errors import SetUpError
from sandbox.github.seed import FULL_NAME, heads
from sandbox.github.server import GitHubServer
from sandbox.github.wire import Fault
from systems.github.statuses import is_pending, set_commit_status, statuses_of

URL = "http://127.0.0.1:4200/runs/flow-run/1"


@pytest.fixture
def commit(server: GitHubServer) -> str:
    """The commit at the head of stage."""
    return heads(server.repository(FULL_NAME))["stage"]


def said(repository: Repository, commit: str) -> list[tuple[str, str, str | None]]:
    """Each status, the newest first."""
    found = statuses_of(repository.get_commit(commit))
    return [(status.context, status.state, status.description) for status in found]


def test_each_environment_has_its_own_and_nothing_is_said_twice(repository: Repository, commit: str) -> None:
    for environment, state, told in [
        ("staging", "pending", "Waits for\nan approval."),
        ("staging", "pending", "Waits for an approval."),
        ("production", "success", "x" * 200),
        ("staging", "failure", "It did not start."),
    ]:
        set_commit_status(repository, commit, environment, state, description=told, url=URL)  # type: ignore[arg-type]
    assert said(repository, commit) == [
        ("credex/staging", "failure", "It did not start."),
        ("credex/production", "success", "x" * 139 + "…"),
        ("credex/staging", "pending", "Waits for an approval."),
    ]


def test_pending_is_what_this_run_said_last(repository: Repository, commit: str) -> None:
    """Another run of the same commit has a page of its own."""
    assert not is_pending(repository, commit, "staging", URL)
    set_commit_status(repository, commit, "staging", "pending", description="", url=URL)
    assert is_pending(repository, commit, "staging", URL)
    assert not is_pending(repository, commit, "production", URL)
    set_commit_status(repository, commit, "staging", "pending", description="", url=f"{URL}2")
    assert not is_pending(repository, commit, "staging", URL)


def test_a_status_whose_answer_was_lost_is_not_doubled(
    server: GitHubServer, repository: Repository, commit: str
) -> None:
    server.wire.put(Fault(504, method="POST", path=".*/statuses/.*", given="after serving"))
    set_commit_status(repository, commit, "staging", "success", description="Done.", url=URL)
    assert len(said(repository, commit)) == 1


def test_a_token_without_the_right_is_told_so(reader: Repository, commit: str) -> None:
    with pytest.raises(SetUpError, match="may not set a status") as caught:
        set_commit_status(reader, commit, "staging", "success", description="Done.", url=URL)
    assert "statuses=write" in caught.value.next_step
