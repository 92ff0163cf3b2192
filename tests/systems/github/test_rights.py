"""The doctor learns what a token may do, and changes nothing by asking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.check import Check, Verdict
from sandbox.github.seed import FULL_NAME
from sandbox.github.server import GitHubServer
from sandbox.github.tokens import Token
from systems.github.client import connect
from systems.github.environment_secrets import ensure_environment
from systems.github.rights import check_rights
from tests.sandbox.github.running import FULL, READER, running_copy
from tests.systems.github.conftest import repository_with

P, F, UNKNOWN = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE
NO_DEPLOYMENTS = Token("no-deployments", "someone", FULL.permissions).without("deployments")


@pytest.fixture
def server(seeded: Path, tmp_path: Path) -> Iterator[GitHubServer]:
    """A stand-in that knows one more token."""
    with running_copy(seeded, tmp_path / "github", [FULL, READER, NO_DEPLOYMENTS]) as running:
        yield running


def verdicts(server: GitHubServer, token: str) -> list[Verdict]:
    """What is found: repository, commits, checks, environment, secrets, deployments, branches, pulls."""
    return [check.verdict for check in checks(server, token)]


def checks(server: GitHubServer, token: str) -> list[Check]:
    """The doctor's checks for staging."""
    return check_rights(connect(server.url, token), FULL_NAME, "staging")


@pytest.fixture
def staging(server: GitHubServer) -> None:
    """The environment is there already."""
    ensure_environment(repository_with(server, FULL.value), "staging")


@pytest.mark.usefixtures("staging")
@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (FULL.value, [P, P, P, P, P, P, P, P]),
        (READER.value, [P, P, P, P, F, F, F, F]),
        (NO_DEPLOYMENTS.value, [P, P, P, P, P, F, P, P]),
        ("wrong", [F]),
    ],
)
def test_each_token_is_told_apart(server: GitHubServer, token: str, expected: list[Verdict]) -> None:
    """A wrong token is one failure, not eight."""
    assert verdicts(server, token) == expected


@pytest.mark.usefixtures("staging")
def test_each_miss_says_what_to_do(server: GitHubServer) -> None:
    """The permission is named as GitHub names it."""
    steps = [check.next_step for check in checks(server, READER.value) if check.verdict is F]
    needed = ("environments=write", "deployments=write", "contents=write", "pull_requests=write")
    assert [right in step for right, step in zip(needed, steps, strict=True)] == [True] * len(needed)


@pytest.mark.usefixtures("staging")
def test_asking_changes_nothing(server: GitHubServer) -> None:
    """No deployment, no secret: the requests were made to fail."""
    checks(server, FULL.value)
    repository = repository_with(server, FULL.value)
    assert repository.get_deployments().totalCount == 0
    assert server.secret_values(FULL_NAME, "staging") == {}


def test_without_the_environment_its_secrets_are_an_open_question(server: GitHubServer) -> None:
    """Not knowing is told as not knowing."""
    assert verdicts(server, FULL.value) == [P, P, P, F, UNKNOWN, P, P, P]
