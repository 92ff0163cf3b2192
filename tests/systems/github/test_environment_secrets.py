"""Secrets arrive sealed, whole and once; what protects an environment stays."""

from __future__ import annotations

import pytest
from github.Repository import Repository
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from models.errors import SetUpError
from sandbox.github.seed import FULL_NAME
from sandbox.github.server import GitHubServer
from sandbox.github.wire import Fault
from systems.github.environment_secrets import list_secrets, missing_secrets, put_secrets

VALUES = {
    "NEO_4J_LEDGER_SPACE_BOLT_URL": SecretStr("bolt://127.20.3.4:7687"),
    "JWT_SECRET": SecretStr("päss wörd\n$`'\""),
}


def stored(server: GitHubServer, environment: str = "staging") -> dict[str, str]:
    """What GitHub Actions would see, in clear."""
    return server.secret_values(FULL_NAME, environment)


def test_what_was_put_is_what_github_decrypts(server: GitHubServer, repository: Repository) -> None:
    """The environment is made on the way; the answer names what was written."""
    written = put_secrets(repository, "staging", VALUES, branch="stage")
    assert [secret.name for secret in written] == sorted(VALUES)
    assert stored(server) == {name: value.get_secret_value() for name, value in VALUES.items()}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(min_size=1, max_size=300))
def test_any_text_can_be_a_secret(server: GitHubServer, repository: Repository, value: str) -> None:
    """Whatever people put into a password arrives unchanged."""
    put_secrets(repository, "staging", {"JWT_SECRET": SecretStr(value)}, branch="stage")
    assert stored(server) == {"JWT_SECRET": value}


def test_putting_again_replaces_and_says_when(server: GitHubServer, repository: Repository) -> None:
    """A second write moves `updated_at`; other secrets keep theirs."""
    before = {
        secret.name: secret.updated_at
        for secret in put_secrets(repository, "staging", VALUES, branch="stage")
    }
    put_secrets(repository, "staging", {"JWT_SECRET": SecretStr("changed")}, branch="stage")
    after = {secret.name: secret.updated_at for secret in list_secrets(repository, "staging")}
    assert stored(server)["JWT_SECRET"] == "changed"
    assert after["JWT_SECRET"] > before["JWT_SECRET"]
    assert after["NEO_4J_LEDGER_SPACE_BOLT_URL"] == before["NEO_4J_LEDGER_SPACE_BOLT_URL"]


@pytest.mark.parametrize("given", ["instead", "after serving"])
def test_a_failing_write_is_repeated(server: GitHubServer, repository: Repository, given: str) -> None:
    """503 twice, whether or not GitHub kept the secret before it: it ends up there once, and right."""
    fault = Fault(503, method="PUT", path=".*/secrets/JWT_SECRET", times=2, given=given)  # type: ignore[arg-type]
    server.wire.put(fault)
    put_secrets(repository, "staging", {"JWT_SECRET": SecretStr("value")}, branch="stage")
    assert stored(server) == {"JWT_SECRET": "value"}


def test_protection_rules_survive(repository: Repository) -> None:
    """GitHub's PUT of an environment replaces its rules, so one that is there is not PUT."""
    repository.create_environment("production", wait_timer=30)
    put_secrets(repository, "production", VALUES, branch="stage")
    rules = repository.get_environment("production").protection_rules
    assert [(rule.type, rule.wait_timer) for rule in rules] == [("wait_timer", 30)]


def test_the_environment_that_is_made_on_the_way_takes_jobs_of_its_branch_alone(
    server: GitHubServer, repository: Repository
) -> None:
    """And takes them before the first secret is in it."""
    put_secrets(repository, "production", VALUES, branch="prod")
    policy = repository.get_environment("production").deployment_branch_policy
    assert (policy.protected_branches, policy.custom_branch_policies) == (False, True)
    sent = [
        exchange.path.split("/environments/production")[-1] for exchange in server.wire.exchanges("PUT|POST")
    ]
    assert sent[:2] == ["", "/deployment-branch-policies"]


def test_missing_names_are_told_in_the_order_asked_for(repository: Repository) -> None:
    """Also for an environment that is not there: then all are missing."""
    wanted = ["OPEN_EXCHANGE_RATES_API", "JWT_SECRET", "CLIENT_API_KEY"]
    assert missing_secrets(repository, "staging", wanted) == wanted
    put_secrets(repository, "staging", VALUES, branch="stage")
    assert missing_secrets(repository, "staging", wanted) == ["OPEN_EXCHANGE_RATES_API", "CLIENT_API_KEY"]


def test_more_secrets_than_fit_one_page_are_all_listed(repository: Repository) -> None:
    """GitHub lists thirty at a time."""
    many = {f"KEY_{number:02}": SecretStr("value") for number in range(33)}
    assert len(put_secrets(repository, "staging", many, branch="stage")) == 33


def test_a_read_only_token_writes_nothing(
    server: GitHubServer, repository: Repository, reader: Repository
) -> None:
    """The refusal names the permission, never the value."""
    repository.create_environment("staging")
    with pytest.raises(SetUpError, match="may not write the secret JWT_SECRET") as caught:
        put_secrets(reader, "staging", {"JWT_SECRET": SecretStr("hidden-value")}, branch="stage")
    assert "environments=write" in caught.value.next_step
    assert "hidden-value" not in repr(caught.value) + repr(caught.value.__cause__)
    assert stored(server) == {}


def test_a_read_only_token_cannot_make_the_environment(reader: Repository) -> None:
    """The first thing it may not do is the one that is told."""
    with pytest.raises(SetUpError, match="may not create the environment staging"):
        put_secrets(reader, "staging", VALUES, branch="stage")


def test_the_value_never_travels_in_clear(server: GitHubServer, repository: Repository) -> None:
    """What is kept on disk is sealed as well."""
    put_secrets(repository, "staging", {"JWT_SECRET": SecretStr("in-the-clear")}, branch="stage")
    kept = server.repository(FULL_NAME).folder
    assert not any(b"in-the-clear" in file.read_bytes() for file in kept.rglob("*.json"))
