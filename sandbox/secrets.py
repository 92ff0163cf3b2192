"""Compares the secrets in SSM with those that GitHub holds, which only the sandbox can read in clear."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from pydantic import BaseModel, Field

from models.environment import Environment
from sandbox.settings import SandboxSettings
from sandbox.tokens import INSPECTOR, read_or_make_token
from systems.aws.session import Aws

_AT_ONCE = 10
"""How many parameters SSM gives in one answer."""


class SecretComparison(BaseModel):
    """One key of the application: what SSM and GitHub hold, None for nothing."""

    key: str
    in_ssm: str | None = Field(repr=False)
    in_github: str | None = Field(repr=False)
    wanted_in_github: bool

    @property
    def right(self) -> bool:
        """Whether SSM holds it, and GitHub the same where it should hold it at all."""
        return self.in_ssm is not None and self.in_github == (self.in_ssm if self.wanted_in_github else None)


def compare_secrets(settings: SandboxSettings, environment: Environment) -> list[SecretComparison]:
    """Every secret of the environment, in the order of its settings."""
    ssm = dict(_read_ssm(environment))
    github = _read_github(settings, environment)
    return [
        SecretComparison(
            key=key,
            in_ssm=ssm.get(secret.parameter),
            in_github=github.get(key),
            wanted_in_github=secret.github,
        )
        for key, secret in environment.secrets.items()
    ]


def _read_ssm(environment: Environment) -> Iterator[tuple[str, str]]:
    ssm = Aws(environment.aws.region).ssm
    names = [secret.parameter for secret in environment.secrets.values()]
    for start in range(0, len(names), _AT_ONCE):
        answer = ssm.get_parameters(Names=names[start : start + _AT_ONCE], WithDecryption=True)
        for parameter in answer["Parameters"]:
            yield parameter["Name"], parameter["Value"]


def _read_github(settings: SandboxSettings, environment: Environment) -> dict[str, str]:
    place = f"/_sandbox/repos/{environment.github.repository}/secrets/{environment.github.environment}"
    headers = {"Authorization": f"Bearer {read_or_make_token(settings.home, INSPECTOR)}"}
    with httpx.Client(base_url=settings.github_url, headers=headers, trust_env=False) as client:
        answer = client.get(place)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return {}
    values: dict[str, str] = answer.raise_for_status().json()
    return values
