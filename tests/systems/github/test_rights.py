"""The doctor learns what a token may do, and changes nothing by asking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github.EnvironmentDeploymentBranchPolicy import EnvironmentDeploymentBranchPolicyParams
from github.EnvironmentProtectionRuleReviewer import ReviewerParams

from models.check import Check, Verdict
from sandbox.github.seed import FULL_NAME
from sandbox.github.server import GitHubServer
from sandbox.github.tokens import Token
from systems.github.client import connect
from systems.github.environments import ensure_environment
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
    """What is found: repository, commits, checks, environment, guard, secrets, deployments and so on."""
    return [check.verdict for check in checks(server, token)]


def checks(server: GitHubServer, token: str) -> list[Check]:
    """The doctor's checks for staging."""
    return check_rights(connect(server.url, token), FULL_NAME, "staging")


@pytest.fixture
def staging(server: GitHubServer) -> None:
    """The environment is there already."""
    ensure_environment(repository_with(server, FULL.value), "staging", branch="stage")


@pytest.mark.usefixtures("staging")
@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (FULL.value, [P, P, P, P, P, P, P, P, P, P]),
        (READER.value, [P, P, P, P, P, F, F, F, F, F]),
        (NO_DEPLOYMENTS.value, [P, P, P, P, P, P, F, P, P, P]),
        ("wrong", [F]),
    ],
)
def test_each_token_is_told_apart(server: GitHubServer, token: str, expected: list[Verdict]) -> None:
    """A wrong token is one failure, not ten."""
    assert verdicts(server, token) == expected


@pytest.mark.usefixtures("staging")
def test_each_miss_says_what_to_do(server: GitHubServer) -> None:
    """The permission is named as GitHub names it."""
    steps = [check.next_step for check in checks(server, READER.value) if check.verdict is F]
    needed = [
        f"{right}=write" for right in ("environments", "deployments", "statuses", "contents", "pull_requests")
    ]
    assert [right in step for right, step in zip(needed, steps, strict=True)] == [True] * len(needed)


@pytest.mark.usefixtures("staging")
def test_asking_changes_nothing(server: GitHubServer) -> None:
    """No deployment, no secret, no status: the requests were made to fail."""
    checks(server, FULL.value)
    repository = repository_with(server, FULL.value)
    assert repository.get_deployments().totalCount == 0
    assert server.secret_values(FULL_NAME, "staging") == {}


def test_without_the_environment_its_secrets_are_an_open_question(server: GitHubServer) -> None:
    """Not knowing is told as not knowing."""
    assert verdicts(server, FULL.value) == [P, P, P, F, UNKNOWN, P, P, P, P]


@pytest.mark.parametrize(
    ("protection", "expected"),
    [
        ({}, F),
        ({"wait_timer": 30}, F),
        ({"reviewers": [ReviewerParams("User", 7)]}, P),
        ({"deployment_branch_policy": EnvironmentDeploymentBranchPolicyParams(protected_branches=True)}, P),
        (
            {
                "deployment_branch_policy": EnvironmentDeploymentBranchPolicyParams(
                    custom_branch_policies=True
                )
            },
            P,
        ),
    ],
)
def test_an_environment_that_every_branch_may_use_unasked_is_a_miss(
    server: GitHubServer, protection: dict[str, Any], expected: Verdict
) -> None:
    """A wait alone keeps nobody from its secrets."""
    repository_with(server, FULL.value).create_environment("staging", **protection)
    found = {check.name: check for check in checks(server, FULL.value)}["Guard environment secrets"]
    assert found.verdict is expected
    assert ("Deployment branches and tags" in found.next_step) is (expected is F)
