"""Pushes commits and images, as the application's developers and its CI would."""

from __future__ import annotations

import base64
import uuid

import httpx

from models.environment import Environment
from models.errors import Refused
from sandbox.environments import read_environments
from sandbox.images import push_image
from sandbox.settings import SandboxSettings
from sandbox.tokens import DEPLOYER, read_or_make_token
from systems.aws.session import Aws


def push_commit(settings: SandboxSettings, environment: Environment, message: str) -> str:
    """Put a new commit on the environment's branch and return its SHA."""
    place = f"/repos/{environment.github.repository}/contents/changes/{uuid.uuid4().hex}.md"
    content = base64.b64encode(f"{message}\n".encode()).decode()
    body = {"message": message, "content": content, "branch": environment.github.branch}
    with _github(settings) as client:
        answer = client.put(place, json=body)
    answer.raise_for_status()
    return str(answer.json()["commit"]["sha"])


def head_of_branch(settings: SandboxSettings, environment: Environment) -> str:
    """The SHA of the commit that the environment's branch is at."""
    with _github(settings) as client:
        answer = client.get(f"/repos/{environment.github.repository}/branches/{environment.github.branch}")
    answer.raise_for_status()
    return str(answer.json()["commit"]["sha"])


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


def _github(settings: SandboxSettings) -> httpx.Client:
    headers = {"Authorization": f"Bearer {read_or_make_token(settings.home, DEPLOYER)}"}
    return httpx.Client(base_url=settings.github_url, headers=headers, trust_env=False, timeout=30)
