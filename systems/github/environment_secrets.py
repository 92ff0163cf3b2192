"""The secrets of a GitHub Environment: sealed, written, listed. Their values can never be read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import quote

from github import GithubException
from github.Repository import Repository
from pydantic import BaseModel, ConfigDict, SecretStr

from models.errors import VerificationFailed
from systems.github.client import explained
from systems.github.environments import ensure_environment


class SecretWritten(BaseModel):
    """That a secret is there, and when somebody last wrote it (to the second)."""

    model_config = ConfigDict(frozen=True)

    name: str
    updated_at: datetime


def put_secrets(
    repository: Repository, environment: str, values: Mapping[str, SecretStr], *, branch: str
) -> list[SecretWritten]:
    """Seal and write these secrets, make the environment if need be, and look that they are there.

    A new environment takes jobs of the branch alone. Each write may be repeated without harm.
    Gives the written ones, sorted by name.
    Raises SetUpError without the right to do so, VerificationFailed when one is not listed afterwards.
    """
    where = ensure_environment(repository, environment, branch=branch)
    with explained(f"read the public key of the environment {environment}"):
        key = where.get_public_key()
    for name, value in values.items():
        sealed = {"key_id": key.key_id, "encrypted_value": key.encrypt(value.get_secret_value())}
        with explained(f"write the secret {name} of the environment {environment}"):
            url = f"{where.url}/secrets/{quote(name, safe='')}"
            where.requester.requestJsonAndCheck("PUT", url, input=sealed)
    wanted = {name.upper() for name in values}
    listed = [secret for secret in list_secrets(repository, environment) if secret.name in wanted]
    _require_all(environment, wanted, listed)
    return listed


def list_secrets(repository: Repository, environment: str) -> list[SecretWritten]:
    """The environment's secrets, sorted by name; none where there is no such environment."""
    with explained(f"list the secrets of the environment {environment}"):
        try:
            secrets = list(repository.get_environment(environment).get_secrets())
        except GithubException as error:
            if error.status == 404:
                return []
            raise
        found = [SecretWritten(name=secret.name, updated_at=secret.updated_at) for secret in secrets]
    return sorted(found, key=lambda secret: secret.name)


def missing_secrets(repository: Repository, environment: str, names: Iterable[str]) -> list[str]:
    """Those of the names that the environment has no secret of, in their order."""
    there = {secret.name for secret in list_secrets(repository, environment)}
    return [name for name in names if name.upper() not in there]


def _require_all(environment: str, wanted: set[str], listed: list[SecretWritten]) -> None:
    lost = sorted(wanted - {secret.name for secret in listed})
    if lost:
        raise VerificationFailed(
            f"GitHub took {', '.join(lost)} for the environment {environment} but does not list it.",
            next_step="Look at the environment's secrets on GitHub, then run the deployment again.",
        )
