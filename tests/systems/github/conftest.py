"""The stand-in on a free port, and the seeded repository as deployments reach it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from github.Repository import Repository

from sandbox.github.seed import FULL_NAME, seed_repository
from sandbox.github.server import GitHubServer
from sandbox.github.tokens import Token
from systems.github.client import connect, open_repository

FULL, READER = Token.full("full-token-value"), Token.read_only("read-token-value")
LONGEST_WAIT_SECONDS = 2.0


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stand-in's folder with the repository in it, to copy from."""
    folder = tmp_path_factory.mktemp("github") / "seeded"
    server = GitHubServer("127.0.0.1", 0, folder, [FULL])
    seed_repository(server)
    server.stop()
    return folder


@pytest.fixture
def server(seeded: Path, tmp_path: Path) -> Iterator[GitHubServer]:
    """A running stand-in of one's own. Its clock ticks a second at each look."""
    root = tmp_path / "github"
    shutil.copytree(seeded, root)
    start, seconds = datetime(2026, 11, 24, 8, 0, tzinfo=UTC), count()
    clock = lambda: start + timedelta(seconds=next(seconds))  # noqa: E731 - one line says it best
    with GitHubServer("127.0.0.1", 0, root, [FULL, READER], clock=clock) as running:
        yield running


def repository_with(server: GitHubServer, token: str) -> Repository:
    """The seeded repository, opened with this token."""
    github = connect(server.url, token, longest_wait_seconds=LONGEST_WAIT_SECONDS)
    return open_repository(github, FULL_NAME)


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    """The seeded repository, opened with the token that may do everything."""
    return repository_with(server, FULL.value)


@pytest.fixture
def reader(server: GitHubServer) -> Repository:
    """The seeded repository, opened with the token that may only read."""
    return repository_with(server, READER.value)
