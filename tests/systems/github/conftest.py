"""The stand-in on a free port, and the seeded repository as deployments reach it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from github import Github
from github.Repository import Repository

from sandbox.github.seed import FULL_NAME
from sandbox.github.server import GitHubServer
from systems.github.client import connect, open_repository
from tests.sandbox.github.running import FULL, READER, running_copy, seed_folder

LONGEST_WAIT_SECONDS = 2.0


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stand-in's folder to copy from."""
    return seed_folder(tmp_path_factory.mktemp("github") / "seeded")


@pytest.fixture
def server(seeded: Path, tmp_path: Path) -> Iterator[GitHubServer]:
    """A running stand-in of one's own."""
    with running_copy(seeded, tmp_path / "github") as running:
        yield running


def repository_with(server: GitHubServer, token: str) -> Repository:
    """The seeded repository, opened with this token."""
    return open_repository(impatient_client(server, token), FULL_NAME)


def impatient_client(server: GitHubServer, token: str) -> Github:
    """Our client with shorter waits."""
    return connect(server.url, token, first_wait_seconds=0.01, longest_wait_seconds=LONGEST_WAIT_SECONDS)


@pytest.fixture
def repository(server: GitHubServer) -> Repository:
    """The seeded repository, opened with the token that may do everything."""
    return repository_with(server, FULL.value)


@pytest.fixture
def reader(server: GitHubServer) -> Repository:
    """The seeded repository, opened with the token that may only read."""
    return repository_with(server, READER.value)
