"""The stand-in serves what GitHub describes, and nothing else, in GitHub's own shapes."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import nacl.encoding
import nacl.public
import pytest

from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer
from sandbox.github.wire import Exchange
from tests.sandbox.github.description import faults, operation_of, operations

Call = tuple[str, str, dict[str, Any] | None]


def sealed(http: httpx.Client, value: str) -> dict[str, str]:
    """A secret's value as a client sends it."""
    key = http.get("/environments/staging/secrets/public-key").json()
    public = nacl.public.PublicKey(key["key"].encode(), nacl.encoding.Base64Encoder)
    box = nacl.public.SealedBox(public)
    return {
        "key_id": key["key_id"],
        "encrypted_value": base64.b64encode(box.encrypt(value.encode())).decode(),
    }


def git_calls(head: str, tree: str, blob: str) -> list[Call]:
    """Every operation on git's own things."""
    return [
        ("GET", "/branches", None),
        ("GET", "/branches/dev", None),
        ("GET", "/tags", None),
        ("GET", "/commits", None),
        ("GET", f"/commits/{head}", None),
        ("GET", "/compare/prod...dev", None),
        ("GET", "/contents/package.json", None),
        ("GET", "/contents/src", None),
        ("GET", f"/git/commits/{head}", None),
        ("POST", "/git/commits", {"message": "Say it again", "tree": tree, "parents": [head]}),
        ("GET", f"/git/trees/{tree}?recursive=1", None),
        ("POST", "/git/trees", {"base_tree": tree, "tree": [{"path": "a/b.txt", "content": "b"}]}),
        ("GET", f"/git/blobs/{blob}", None),
        ("POST", "/git/blobs", {"content": "text"}),
        ("POST", "/git/refs", {"ref": "refs/heads/topic/one", "sha": head}),
        ("GET", "/git/ref/heads/topic/one", None),
        ("GET", "/git/matching-refs/heads/topic", None),
        ("PATCH", "/git/refs/heads/topic/one", {"sha": head}),
        ("DELETE", "/git/refs/heads/topic/one", None),
        ("POST", "/merges", {"base": "prod", "head": "dev"}),
        ("POST", "/merges", {"base": "prod", "head": "dev"}),
    ]


def environment_calls(secret: dict[str, str]) -> list[Call]:
    """Every operation on environments, secrets and variables; staging is there already."""
    secrets, variables = "/environments/staging/secrets", "/environments/staging/variables"
    policies = "/environments/staging/deployment-branch-policies"
    own_policy = {"deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}}
    return [
        ("GET", "/environments", None),
        ("PUT", "/environments/staging", {"wait_timer": 30, "reviewers": [{"type": "User", "id": 7}]}),
        ("GET", "/environments/staging", None),
        ("PUT", "/environments/staging", own_policy),
        ("POST", policies, {"name": "stage", "type": "branch"}),
        ("GET", policies, None),
        ("PUT", f"{secrets}/JWT_SECRET", secret),
        ("PUT", f"{secrets}/JWT_SECRET", secret),
        ("GET", secrets, None),
        ("GET", f"{secrets}/JWT_SECRET", None),
        ("DELETE", f"{secrets}/JWT_SECRET", None),
        ("POST", variables, {"name": "PORT", "value": "5000"}),
        ("GET", variables, None),
        ("GET", f"{variables}/PORT", None),
        ("PATCH", f"{variables}/PORT", {"name": "PORT", "value": "3000"}),
        ("DELETE", f"{variables}/PORT", None),
    ]


def deployment_calls(head: str) -> list[Call]:
    """Every operation on deployments, statuses, checks and workflow runs, each the first of its kind."""
    deploy = {"ref": head, "environment": "staging", "required_contexts": [], "payload": {"flow_run_id": "1"}}
    check = {"name": "build", "head_sha": head, "status": "in_progress"}
    dispatch = {"ref": "dev", "return_run_details": True}
    return [
        ("POST", "/deployments", deploy),
        ("POST", "/deployments/1/statuses", {"state": "in_progress", "log_url": "http://127.0.0.1/run/1"}),
        ("GET", "/deployments/1/statuses", None),
        ("GET", "/deployments/1/statuses/1", None),
        ("GET", "/deployments", None),
        ("GET", "/deployments/1", None),
        ("DELETE", "/deployments/1", None),
        ("POST", f"/statuses/{head}", {"state": "success", "context": "ci/build"}),
        ("GET", f"/commits/{head}/status", None),
        ("GET", f"/commits/{head}/statuses", None),
        ("POST", "/check-runs", check),
        ("PATCH", "/check-runs/1", {"conclusion": "success"}),
        ("GET", "/check-runs/1", None),
        ("GET", f"/commits/{head}/check-runs", None),
        ("GET", "/actions/workflows", None),
        ("GET", "/actions/workflows/deploy.yml", None),
        ("POST", "/actions/workflows/1/dispatches", {"ref": "dev"}),
        ("POST", "/actions/workflows/1/dispatches", dispatch),
        ("GET", "/actions/workflows/1/runs", None),
        ("GET", "/actions/runs", None),
        ("GET", "/actions/runs/1", None),
        ("POST", "/actions/runs/1/cancel", None),
    ]


def pull_calls() -> list[Call]:
    """Every operation on pull requests and their comments."""
    return [
        ("POST", "/pulls", {"title": "Release", "head": "feature", "base": "stage"}),
        ("GET", "/pulls", None),
        ("PATCH", "/pulls/1", {"body": "What is new."}),
        ("GET", "/pulls/1/files", None),
        ("POST", "/issues/1/comments", {"body": "Conflicts in **src/server.ts**"}),
        ("GET", "/issues/1/comments", None),
        ("PATCH", "/issues/comments/1", {"body": "No conflicts."}),
        ("GET", "/issues/comments/1", None),
        ("DELETE", "/issues/comments/1", None),
        ("PUT", "/pulls/1/merge", {}),
        ("GET", "/pulls/1", None),
    ]


def test_every_operation_of_the_description_is_served_and_succeeds(
    server: GitHubServer, http: httpx.Client
) -> None:
    """The fixture checks each answer's shape; here none is left out and none fails."""
    repository = server.repository(FULL_NAME)
    add_commit(repository, "dev", {"src/more.ts": "export {};\n"}, "Add more")
    add_commit(repository, "feature", {"feature.ts": "export {};\n"}, "Add a feature")
    repository.git.move_ref("refs/heads/feature", heads(repository)["dev"], heads(repository)["feature"])
    http.put("/environments/staging", json={})
    commit = http.get("/commits/dev").json()
    head, tree, blob = commit["sha"], commit["commit"]["tree"]["sha"], commit["files"][0]["sha"]
    http.post("/git/refs", json={"ref": "refs/tags/v1", "sha": head})

    calls = [
        *environment_calls(sealed(http, "value")),
        *git_calls(head, tree, blob),
        *deployment_calls(head),
        *pull_calls(),
    ]
    whole = ("/user", "/rate_limit", f"/repos/{FULL_NAME}")
    outside = [("GET", server.url + path, None) for path in whole]
    failed = [
        (method, path, answer.status_code, answer.text)
        for method, path, body in [*outside, *calls, ("DELETE", "/environments/staging", None)]
        if not (answer := http.request(method, path, json=body)).is_success
    ]

    assert failed == []
    succeeded = {operation_of(exchange) for exchange in server.wire.exchanges() if exchange.status < 300}
    assert {(template, method) for _, template, method in operations()} - succeeded == set()


@pytest.mark.parametrize(
    ("status", "body", "part"),
    [
        (200, b'{"name": "PORT", "value": 5000}', "5000 is not of type 'string'"),
        (200, b'{"name": "PORT"}', "'value' is a required property"),
        (418, b"{}", "GitHub gives no such status here"),
    ],
)
def test_the_check_finds_answers_that_github_would_not_give(status: int, body: bytes, part: str) -> None:
    """Without this the check could be passing whatever it is given."""
    path = "/repos/a/b/environments/staging/variables/PORT"
    found = faults(Exchange("GET", path, status, body, fault=False))
    assert any(part in fault for fault in found)


def test_an_operation_that_github_lacks_is_not_served(http: httpx.Client) -> None:
    """No invention is reachable below the repository's path."""
    answer = http.post("/reverts", json={"sha": "0" * 40})
    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")
