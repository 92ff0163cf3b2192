"""Pushes commits and images, as the application's developers and its CI would."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx

from models.environment import Environment
from models.errors import Refused
from sandbox.environments import read_environments
from sandbox.images import push_image
from sandbox.settings import SandboxSettings
from sandbox.tokens import DEPLOYER, read_or_make_token
from systems.aws.session import Aws

CI_CHECK = "test"
"""The name of the check that the application's CI gives each commit."""


def push_commit(
    settings: SandboxSettings, environment: Environment, message: str, branch: str | None = None
) -> str:
    """Put a new commit on a branch, the environment's own unless another is named, and return its SHA."""
    note = {f"changes/{uuid.uuid4().hex}.md": message}
    return push_files(settings, environment, note, message, branch)


def push_files(
    settings: SandboxSettings,
    environment: Environment,
    files: Mapping[str, str],
    message: str,
    branch: str | None = None,
) -> str:
    """Put a commit with these files, by path, on a branch as `push_commit` does: migrations, for example."""
    name = branch or environment.github.branch
    with _repository(settings, environment) as repository:
        answer = repository.get(f"branches/{name}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise Refused(f"There is no branch {name}.", next_step="Make it, or correct its name.")
        head = _asked(answer)["commit"]
        blob = {"mode": "100644", "type": "blob"}
        entries = [{"path": path, "content": content, **blob} for path, content in files.items()]
        base = head["commit"]["tree"]["sha"]
        tree = _asked(repository.post("git/trees", json={"base_tree": base, "tree": entries}))
        body = {"message": message, "tree": tree["sha"], "parents": [head["sha"]]}
        sha = str(_asked(repository.post("git/commits", json=body))["sha"])
        _asked(repository.patch(f"git/refs/heads/{name}", json={"sha": sha}))
    return sha


def report_check(
    settings: SandboxSettings, environment: Environment, commit: str, conclusion: str = "success"
) -> None:
    """Say of a commit how its tests ended, as the application's CI does."""
    check = {"name": CI_CHECK, "head_sha": commit, "status": "completed", "conclusion": conclusion}
    with _repository(settings, environment) as repository:
        _asked(repository.post("check-runs", json=check))


def head_of_branch(settings: SandboxSettings, environment: Environment) -> str:
    """The SHA of the commit that the environment's branch is at."""
    with _repository(settings, environment) as repository:
        return str(_asked(repository.get(f"branches/{environment.github.branch}"))["commit"]["sha"])


def _repository(settings: SandboxSettings, environment: Environment) -> httpx.Client:
    return httpx.Client(
        base_url=f"{settings.github_url}/repos/{environment.github.repository}/",
        headers={"Authorization": f"Bearer {read_or_make_token(settings.home, DEPLOYER)}"},
        trust_env=False,
        timeout=30,
    )


def _asked(answer: httpx.Response) -> dict[str, Any]:
    content: dict[str, Any] = answer.raise_for_status().json()
    return content


def push_image_everywhere(settings: SandboxSettings, commit: str, behaviour: str = "ok") -> str:
    """Push the commit's image to every environment's repository, as a CI does; returns its digest.

    Raises Refused when the commit has another image already: tags are immutable.
    """
    digests = {
        _push(Aws(environment.aws.region), environment.aws.repository, commit, behaviour)
        for environment in read_environments(settings)
    }
    return digests.pop()


def _push(aws: Aws, repository: str, commit: str, behaviour: str) -> str:
    try:
        return push_image(aws.ecr, repository, commit, behaviour)
    except aws.ecr.exceptions.ImageTagAlreadyExistsException as error:
        raise Refused(
            f"Commit {commit[:12]} already has another image in {repository}, and tags are immutable.",
            next_step="Push a new commit: leave --commit out.",
        ) from error
