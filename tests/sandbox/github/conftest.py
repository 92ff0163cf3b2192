"""A stand-in on a free port with a seeded repository; every answer it gives is checked by the description."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from github import Auth, Github
from github.Repository import Repository

from sandbox.github.seed import FULL_NAME
from sandbox.github.server import GitHubServer
from sandbox.github.wire import Exchange
from tests.sandbox.github.description import faults
from tests.sandbox.github.running import FULL, running_copy, seed_folder


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stand-in's folder to copy from."""
    return seed_folder(tmp_path_factory.mktemp("github") / "seeded")


@pytest.fixture
def server(seeded: Path, tmp_path: Path) -> Iterator[GitHubServer]:
    """A running stand-in; the test fails if any answer was not as GitHub describes it."""
    wrong: list[str] = []

    def check(exchange: Exchange) -> None:
        if exchange.path.startswith(("/repos/", "/user", "/rate_limit")) and not exchange.fault:
            wrong.extend(faults(exchange))

    with running_copy(seeded, tmp_path / "github") as running:
        running.wire.observers.append(check)
        yield running
    assert wrong == []


@pytest.fixture
def http(server: GitHubServer) -> Iterator[httpx.Client]:
    """An HTTP client for the repository's part of the API, with the token that may do everything."""
    with client_of(server, FULL.value) as client:
        yield client


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    """The seeded repository through PyGithub, which neither waits nor retries."""
    auth = Auth.Token(FULL.value)
    github = Github(
        base_url=server.url, auth=auth, retry=None, seconds_between_requests=None, seconds_between_writes=None
    )
    return github.get_repo(FULL_NAME)


def client_of(server: GitHubServer, token: str) -> httpx.Client:
    """An HTTP client for the repository's part of the API with this token; "" for none."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    base = f"{server.url}/repos/{FULL_NAME}"
    return httpx.Client(base_url=base, headers=headers, timeout=10, trust_env=False)
