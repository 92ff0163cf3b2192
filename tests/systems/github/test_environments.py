"""An Environment that we make takes jobs of one branch; one that people made stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
from github.Environment import Environment
from github.EnvironmentDeploymentBranchPolicy import EnvironmentDeploymentBranchPolicyParams
from github.Repository import Repository

from models.errors import ServiceUnavailable
from sandbox.github.server import GitHubServer
from sandbox.github.wire import Fault
from systems.github.deployments import ensure_deployment
from systems.github.environments import ensure_environment

POLICIES = ".*/deployment-branch-policies"
BY_NAME = EnvironmentDeploymentBranchPolicyParams(custom_branch_policies=True)


def ensure(repository: Repository) -> Environment:
    """Production, as a flow wants it."""
    return ensure_environment(repository, "production", branch="prod")


def admitted(repository: Repository) -> list[tuple[str, str]] | None:
    """The patterns of what may use production, each with its type; None where all may."""
    environment = repository.get_environment("production")
    if environment.deployment_branch_policy is None:
        return None
    _, listed = repository.requester.requestJsonAndCheck(
        "GET", f"{environment.url}/deployment-branch-policies"
    )
    return [(policy["name"], policy["type"]) for policy in listed["branch_policies"]]


def test_a_new_one_takes_jobs_of_its_branch_alone(server: GitHubServer, repository: Repository) -> None:
    """However often it is asked for."""
    ensure(repository)
    ensure(repository)
    assert admitted(repository) == [("prod", "branch")]
    assert len(server.wire.exchanges("POST", POLICIES)) == 1


def test_a_deployment_finds_it_made(repository: Repository) -> None:
    """GitHub makes the environment of a deployment by itself, for jobs of every branch."""
    ensure_deployment(repository, commit="prod", environment="production", branch="prod", flow_run_id="1")
    assert admitted(repository) == [("prod", "branch")]


@pytest.mark.parametrize("given", ["instead", "after serving"])
def test_one_left_without_its_branch_gets_it(
    server: GitHubServer, repository: Repository, given: str
) -> None:
    """A run ended between the two requests, or before the second one's answer."""
    server.wire.put(Fault(502, method="POST", path=POLICIES, given=given))  # type: ignore[arg-type]
    with pytest.raises(ServiceUnavailable, match="let jobs of the branch prod use"):
        ensure(repository)
    ensure(repository)
    assert admitted(repository) == [("prod", "branch")]


@pytest.mark.parametrize(
    "protection",
    [
        {},
        {"wait_timer": 30, "deployment_branch_policy": BY_NAME},
        {"deployment_branch_policy": EnvironmentDeploymentBranchPolicyParams(protected_branches=True)},
    ],
)
def test_what_people_made_is_only_read(
    server: GitHubServer, repository: Repository, protection: dict[str, Any]
) -> None:
    """Also one that every branch may use: `credex doctor` says so."""
    repository.create_environment("production", **protection)
    before = len(server.wire.exchanges("PUT|POST|DELETE"))
    ensure(repository)
    assert len(server.wire.exchanges("PUT|POST|DELETE")) == before


def test_one_that_people_closed_stays_closed(server: GitHubServer, repository: Repository) -> None:
    """It takes no branch, as one that is half made, but has secrets."""
    repository.create_environment("production", deployment_branch_policy=BY_NAME).create_secret(
        "KEY", "value"
    )
    ensure(repository)
    assert admitted(repository) == []
    assert server.wire.exchanges("POST", POLICIES) == []
