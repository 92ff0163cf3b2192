"""`credex sandbox secrets` tells whether GitHub got what SSM holds."""

from __future__ import annotations

import pytest

from sandbox.environments import read_environments
from sandbox.secrets import SecretComparison, compare_secrets
from systems.aws.session import Aws
from systems.github.client import connect, open_repository
from tests.conftest import RunningSandbox


@pytest.mark.parametrize(
    ("in_ssm", "in_github", "wanted", "right"),
    [
        ("a", "a", True, True),
        ("a", "b", True, False),
        ("a", None, True, False),
        (None, "a", True, False),
        (None, None, True, False),
        ("a", None, False, True),
        ("a", "a", False, False),
    ],
)
def test_a_secret_is_right_only_where_it_belongs_and_is_the_same(
    in_ssm: str | None, in_github: str | None, wanted: bool, right: bool
) -> None:
    secret = SecretComparison(key="K", in_ssm=in_ssm, in_github=in_github, wanted_in_github=wanted)
    assert secret.right is right


def test_values_are_not_in_the_repr() -> None:
    secret = SecretComparison(key="K", in_ssm="hidden-1", in_github="hidden-2", wanted_in_github=True)
    assert "hidden" not in repr(secret)


@pytest.mark.sandbox
def test_a_sealed_secret_is_compared_in_clear(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    environment = next(e for e in read_environments(sandbox.settings) if e.name == "production")
    key = "CLIENT_API_KEY"
    ssm = Aws(environment.aws.region).ssm
    value = ssm.get_parameter(Name=environment.secrets[key].parameter, WithDecryption=True)["Parameter"][
        "Value"
    ]
    token = ssm.get_parameter(Name=environment.github.token_parameter, WithDecryption=True)["Parameter"][
        "Value"
    ]
    repository = open_repository(connect(environment.github.api_url, token), environment.github.repository)
    github = repository.create_environment(environment.github.environment)

    github.create_secret(key, value)
    assert _compared(sandbox, key).right
    github.create_secret(key, "something else")
    assert not _compared(sandbox, key).right


def _compared(sandbox: RunningSandbox, key: str) -> SecretComparison:
    environment = next(e for e in read_environments(sandbox.settings) if e.name == "production")
    return next(s for s in compare_secrets(sandbox.settings, environment) if s.key == key)
