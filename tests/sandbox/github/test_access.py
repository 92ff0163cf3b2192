"""Who may do what: 401, 403 and 404 as GitHub gives them, and the door that only the sandbox has."""

from __future__ import annotations

import httpx
import pytest

from sandbox.github.seed import FULL_NAME
from sandbox.github.server import GitHubServer
from sandbox.github.tokens import Need, Token, require, token_named
from sandbox.github.wire import Fault
from tests.sandbox.github.conftest import client_of
from tests.sandbox.github.running import FULL, READER


@pytest.mark.parametrize("path", ["/branches", "/environments", "/deployments", "/pulls"])
def test_a_wrong_token_is_401_everywhere(server: GitHubServer, path: str) -> None:
    """Also for what a request without any token is not even shown."""
    with client_of(server, "wrong") as client:
        answer = client.get(path)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_without_a_token_a_private_repository_is_not_there(server: GitHubServer) -> None:
    """404, as GitHub hides what one may not know of."""
    with client_of(server, "") as client:
        assert client.get("/branches").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("POST", "/merges", "contents=write"),
        ("POST", "/deployments", "deployments=write"),
        ("PUT", "/environments/staging", "administration=write"),
        ("PUT", "/environments/staging/secrets/KEY", "environments=write"),
        ("POST", "/actions/workflows/deploy.yml/dispatches", "actions=write"),
        ("POST", "/pulls", "pull_requests=write"),
    ],
)
def test_a_read_only_token_is_403_for_writes(
    server: GitHubServer, method: str, path: str, permission: str
) -> None:
    """Before the request is looked at, so even an empty one tells; the header names the permission."""
    with client_of(server, READER.value) as client:
        answer = client.request(method, path, json={})
    assert answer.status_code == 403
    assert answer.headers["X-Accepted-GitHub-Permissions"] == permission


def test_a_permission_taken_away_leaves_the_others(server: GitHubServer) -> None:
    """Fine-grained tokens differ in one thing at a time."""
    token = FULL.without("deployments")
    assert not token.may(Need("deployments", "read"))
    assert token.may(Need("contents", "write"))
    assert require(token, Need("contents", "write")) is token


@pytest.mark.parametrize("header", ["token {}", "Bearer {}", "bearer {}"])
def test_both_schemes_of_github_are_understood(header: str) -> None:
    """PyGithub says token, others say Bearer."""
    assert token_named(header.format(FULL.value), [READER, FULL]) is FULL


def test_a_token_does_not_show_its_value() -> None:
    """Not in a traceback, not in a log."""
    assert "hidden" not in repr(Token.full("hidden"))


def test_secrets_in_clear_need_the_sandboxs_own_token(server: GitHubServer) -> None:
    """No token of the API opens that door."""
    url = f"{server.url}/_sandbox/repos/{FULL_NAME}/secrets/staging"
    opened = [
        httpx.get(url, headers=headers, trust_env=False, timeout=60).status_code
        for headers in ({}, {"Authorization": f"Bearer {FULL.value}"})
    ]
    assert opened == [401, 401]


def test_what_is_not_there_is_404(http: httpx.Client, server: GitHubServer) -> None:
    """Numbers that nothing has, numbers that are none, and repositories."""
    for path in ("/deployments/99", "/deployments/x", "/pulls/99", "/branches/no", "/git/ref/heads/no"):
        assert http.get(path).status_code == 404, path
    assert http.get(f"{server.url}/repos/credex/other").status_code == 404
    assert http.get(f"{server.url}/repos/..%2F../x").status_code == 404


def test_an_invalid_body_is_422_and_names_the_field(http: httpx.Client) -> None:
    """As GitHub's validation errors do."""
    answer = http.post("/git/refs", json={"ref": "refs/heads/x"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "sha"


def test_long_lists_come_in_pages_that_name_each_other(server: GitHubServer, http: httpx.Client) -> None:
    """The Link header leads through all of them, each commit once."""
    url: str | None = f"{server.url}/repos/{FULL_NAME}/commits?per_page=2"
    seen: list[str] = []
    while url:
        answer = http.get(url)
        seen += [commit["sha"] for commit in answer.json()]
        url = answer.links.get("next", {}).get("url")
    assert len(seen) == len(set(seen)) == 3


@pytest.mark.parametrize(("given", "kept"), [("instead", 3), ("after serving", 4)])
def test_a_fault_is_given_instead_of_serving_or_after_it(
    server: GitHubServer, http: httpx.Client, given: str, kept: int
) -> None:
    """The second is an answer that was lost: the branch is there all the same."""
    sha = http.get("/branches/dev").json()["commit"]["sha"]
    server.wire.put(Fault(500, method="POST", given=given))  # type: ignore[arg-type]
    assert http.post("/git/refs", json={"ref": "refs/heads/new", "sha": sha}).status_code == 500
    assert len(http.get("/branches").json()) == kept
