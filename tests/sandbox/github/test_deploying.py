"""Environments, deployments, checks and workflow runs behave as GitHub's do where that surprises."""

from __future__ import annotations

import base64

import httpx
import pytest
from github.Repository import Repository

from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer
from sandbox.github.workflow_records import finish_run


def test_putting_an_environment_replaces_all_its_rules(http: httpx.Client) -> None:
    """A PUT without rules takes them away: why our side never PUTs one that is there."""
    http.put("/environments/production", json={"wait_timer": 10})
    assert http.get("/environments/production").json()["protection_rules"] != []
    http.put("/environments/production", json={})
    assert http.get("/environments/production").json()["protection_rules"] == []


def test_branches_are_admitted_by_name_only_where_the_environment_says_so(http: httpx.Client) -> None:
    """404 without such a policy, 303 for a name that is there, 422 for a policy that is both or neither."""
    policies, prod = "/environments/production/deployment-branch-policies", {"name": "prod"}
    http.put("/environments/production", json={})
    assert http.post(policies, json=prod).status_code == 404
    for both in (True, False):
        policy = {"protected_branches": both, "custom_branch_policies": both}
        answer = http.put("/environments/production", json={"deployment_branch_policy": policy})
        assert answer.status_code == 422
    policy = {"protected_branches": False, "custom_branch_policies": True}
    http.put("/environments/production", json={"deployment_branch_policy": policy})
    assert [http.post(policies, json=prod).status_code for _ in range(2)] == [200, 303]
    assert http.post(policies, json={**prod, "type": "tag"}).status_code == 200
    assert http.get(policies).json()["total_count"] == 2


def test_a_secret_is_the_environments_own(server: GitHubServer, repository: Repository) -> None:
    """The same name in two environments holds two values; neither is in any answer."""
    for name in ("staging", "production"):
        repository.create_environment(name).create_secret("JWT_SECRET", f"value of {name}")
    assert server.secret_values(FULL_NAME, "staging") == {"JWT_SECRET": "value of staging"}
    assert server.secret_values(FULL_NAME, "production") == {"JWT_SECRET": "value of production"}
    assert not any(b"value of" in exchange.body for exchange in server.wire.exchanges())


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("KEY", {"key_id": "99", "encrypted_value": base64.b64encode(b"x" * 60).decode()}),
        ("KEY", {"key_id": "1", "encrypted_value": base64.b64encode(b"not sealed").decode()}),
        ("KEY", {"key_id": "1", "encrypted_value": "no base64!"}),
        ("GITHUB_TOKEN", {"key_id": "1", "encrypted_value": ""}),
        ("1KEY", {"key_id": "1", "encrypted_value": ""}),
    ],
)
def test_what_is_not_sealed_to_the_key_is_refused(
    http: httpx.Client, name: str, body: dict[str, str]
) -> None:
    """A wrong key, no seal, no base64, a reserved name, no name: 422 and nothing is kept."""
    http.put("/environments/staging", json={})
    assert http.put(f"/environments/staging/secrets/{name}", json=body).status_code == 422
    assert http.get("/environments/staging/secrets").json()["total_count"] == 0


def test_a_deployment_merges_the_default_branch_unless_told_not_to(
    server: GitHubServer, http: httpx.Client
) -> None:
    """202, no deployment, and the branch has moved: GitHub's default, and a trap."""
    stored = server.repository(FULL_NAME)
    add_commit(stored, "dev", {"a.ts": "1\n"}, "Ahead")
    before = heads(stored)["stage"]
    answer = http.post("/deployments", json={"ref": "stage", "required_contexts": []})
    assert (answer.status_code, set(answer.json())) == (202, {"message"})
    assert heads(stored)["stage"] != before
    assert http.get("/deployments").json() == []


def test_a_deployment_of_a_red_commit_is_a_conflict_unless_told_not_to_look(
    server: GitHubServer, http: httpx.Client
) -> None:
    """All statuses have to be green where no contexts are named; a named one has to be there."""
    sha = heads(server.repository(FULL_NAME))["dev"]
    http.post(f"/statuses/{sha}", json={"state": "failure", "context": "ci/build"})
    assert http.post("/deployments", json={"ref": sha}).status_code == 409
    assert http.post("/deployments", json={"ref": sha, "required_contexts": ["ci/test"]}).status_code == 409
    assert http.post("/deployments", json={"ref": sha, "required_contexts": []}).status_code == 201


def test_the_newest_status_of_each_context_makes_a_commit_green(
    server: GitHubServer, repository: Repository
) -> None:
    """None is pending, one red makes it red, its repair makes it green."""
    commit = repository.get_commit(heads(server.repository(FULL_NAME))["dev"])
    states = [commit.get_combined_status().state]
    for state, context in (("success", "lint"), ("failure", "build"), ("success", "build")):
        commit.create_status(state, context=context)
        states.append(commit.get_combined_status().state)
    assert states == ["pending", "success", "failure", "success"]


def test_a_check_with_a_conclusion_is_complete(server: GitHubServer, repository: Repository) -> None:
    """And of several of one name the newest is listed."""
    sha = heads(server.repository(FULL_NAME))["dev"]
    repository.create_check_run("build", sha, conclusion="failure")
    again = repository.create_check_run("build", sha, status="in_progress")
    again.edit(conclusion="success")
    listed = [(run.name, run.status, run.conclusion) for run in repository.get_commit(sha).get_check_runs()]
    assert listed == [("build", "completed", "success")]


def test_a_dispatched_run_is_told_by_number_and_ends_when_the_sandbox_says(
    server: GitHubServer, repository: Repository
) -> None:
    """`return_run_details` saves looking for one's own run among others."""
    workflow = repository.get_workflow("deploy.yml")
    assert workflow.name == "Deploy"
    run = workflow.create_dispatch("stage", {"environment": "staging"}, throw=True, return_run_details=True)
    seen = repository.get_workflow_run(run.id)
    assert (seen.status, seen.head_branch) == ("queued", "stage")
    assert seen.conclusion is None
    finish_run(server.repository(FULL_NAME), run.id, "success")
    assert repository.get_workflow_run(run.id).conclusion == "success"


def test_a_run_can_be_ended_from_another_process(server: GitHubServer, http: httpx.Client) -> None:
    """Through the sandbox's own door, and once ended it cannot be cancelled."""
    http.post("/actions/workflows/deploy.yml/dispatches", json={"ref": "dev"})
    door = f"{server.url}/_sandbox/repos/{FULL_NAME}/runs/1/end"
    headers = {"Authorization": f"Bearer {server.admin_token}"}
    ended = httpx.post(door, json={"conclusion": "failure"}, headers=headers, trust_env=False, timeout=60)
    assert ended.status_code == 204
    assert http.get("/actions/runs/1").json()["conclusion"] == "failure"
    assert http.post("/actions/runs/1/cancel").status_code == 409


def test_a_workflow_is_dispatched_only_where_it_is(server: GitHubServer, http: httpx.Client) -> None:
    """On a branch without the file, and on a branch that is not there: 422."""
    stored = server.repository(FULL_NAME)
    add_commit(stored, "stage", {".github/workflows/deploy.yml": None}, "No workflow here")
    for ref in ("stage", "no-such-branch"):
        answer = http.post("/actions/workflows/deploy.yml/dispatches", json={"ref": ref})
        assert answer.status_code == 422
