"""A stand-in on a free port with a seeded repository; every answer it gives is checked by the description."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from github import Auth, Github
from github.Repository import Repository as Repo

from sandbox.github.seed import FULL_NAME, seed_repository
from sandbox.github.server import GitHubServer
from sandbox.github.tokens import Token
from sandbox.github.wire import Exchange
from tests.sandbox.github.description import faults

FULL, READER, OUTSIDER = Token.full("full-token"), Token.read_only("read-token"), "nobody-gave-this-token"


def ticking_clock() -> Iterator[datetime]:
    """Times that are a second apart, so that what changed later says so."""
    start = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    return (start + timedelta(seconds=second) for second in count())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHubServer]:
    """A running stand-in; the test fails if any answer was not as GitHub describes it."""
    times = ticking_clock()
    wrong: list[str] = []
    with GitHubServer("127.0.0.1", 0, tmp_path, [FULL, READER], clock=lambda: next(times)) as running:
        seed_repository(running)

        def check(exchange: Exchange) -> None:
            if exchange.path.startswith(("/repos/", "/user", "/rate_limit")) and not exchange.fault:
                wrong.extend(faults(exchange))

        running.wire.observers.append(check)
        yield running
    assert wrong == []


@pytest.fixture
def http(server: GitHubServer) -> Iterator[httpx.Client]:
    """An HTTP client with the token that may do everything."""
    headers = {"Authorization": f"Bearer {FULL.value}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def api(http: httpx.Client, server: GitHubServer) -> str:
    """The path of the seeded repository in the API."""
    return f"/repos/{FULL_NAME}"


@pytest.fixture
def repo(server: GitHubServer) -> Repo:
    """The seeded repository through PyGithub."""
    return client_with(server, FULL.value).get_repo(FULL_NAME)


def client_with(server: GitHubServer, token: str) -> Github:
    """PyGithub without its own waiting and retrying."""
    return Github(
        base_url=server.url,
        auth=Auth.Token(token),
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
