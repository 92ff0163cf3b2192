"""One GitHub Deployment for each flow run, whatever becomes of the answers, and statuses that are true."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina
from github.Repository import Repository

from models.errors import ServiceUnavailable, SetUpError
from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer
from sandbox.github.wire import Fault
from systems.github.deployments import current_state, ensure_deployment, find_deployment, set_status

RUN = "0f0e7a52-6f5e-4b5e-9a3e-3d1c6c1f7b11"


@pytest.fixture(autouse=True)
def impatience() -> Iterator[None]:
    """Attempts follow each other at once; there are as many as in production."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def commit(server: GitHubServer) -> str:
    """The commit at the head of stage."""
    return heads(server.repository(FULL_NAME))["stage"]


def ensure(repository: Repository, commit: str, flow_run_id: str = RUN) -> int:
    """The number of the flow run's deployment to staging."""
    deployment = ensure_deployment(
        repository, commit=commit, environment="staging", branch="stage", flow_run_id=flow_run_id
    )
    return deployment.id


def test_a_resumed_run_finds_its_deployment_again(repository: Repository, commit: str) -> None:
    """Asked twice, created once; another run gets its own."""
    first = ensure(repository, commit)
    assert ensure(repository, commit) == first
    assert ensure(repository, commit, "another-run") != first
    assert repository.get_deployments().totalCount == 2


@pytest.mark.parametrize("given", ["instead", "after serving"])
def test_a_lost_answer_creates_no_second_one(
    server: GitHubServer, repository: Repository, commit: str, given: str
) -> None:
    """A 502 says nothing of whether GitHub created it, so each attempt looks first."""
    server.wire.put(Fault(502, method="POST", path=".*/deployments", given=given))  # type: ignore[arg-type]
    ensure(repository, commit)
    assert repository.get_deployments().totalCount == 1


def test_an_outage_ends_after_a_few_attempts(
    server: GitHubServer, repository: Repository, commit: str
) -> None:
    """Then the flow decides."""
    server.wire.put(Fault(502, method="POST", path=".*/deployments", times=100))
    with pytest.raises(ServiceUnavailable, match="asked to create a deployment"):
        ensure(repository, commit)
    assert len(server.wire.exchanges("POST", ".*/deployments")) == 3


def test_github_merges_nothing_into_what_is_deployed(server: GitHubServer, repository: Repository) -> None:
    """GitHub's default would merge dev into the branch, answer 202 and create no deployment."""
    stored = server.repository(FULL_NAME)
    before = heads(stored)["stage"]
    add_commit(stored, "dev", {"new.ts": "1\n"}, "Not for staging yet")
    deployment = ensure_deployment(
        repository, commit="stage", environment="staging", branch="stage", flow_run_id=RUN
    )
    assert (deployment.sha, heads(stored)["stage"]) == (before, before)


def test_red_statuses_do_not_hinder_the_record(repository: Repository, commit: str) -> None:
    """Whether a red commit may be deployed is for the flow's guards, not for GitHub's default."""
    repository.get_commit(commit).create_status("failure", context="ci/build")
    assert ensure(repository, commit) > 0


def test_deployments_of_others_are_passed_over(repository: Repository, commit: str) -> None:
    """Their payload may be a text, an object without our key, or nothing."""
    for payload in ({}, {"flow_run_id": 5}, {"who": "somebody"}):
        repository.create_deployment(
            commit, environment="staging", payload=payload, auto_merge=False, required_contexts=[]
        )
    body = {"ref": commit, "environment": "staging", "payload": "text", "required_contexts": []}
    repository.requester.requestJsonAndCheck("POST", f"{repository.url}/deployments", input=body)
    assert find_deployment(repository, commit=commit, environment="staging", flow_run_id=RUN) is None
    assert ensure(repository, commit) == 5


def test_statuses_follow_the_run_and_lead_to_its_page(repository: Repository, commit: str) -> None:
    """The newest one counts; saying the same again adds none."""
    deployment = ensure_deployment(
        repository, commit=commit, environment="staging", branch="stage", flow_run_id=RUN
    )
    assert current_state(deployment) is None
    url = "http://127.0.0.1:4200/runs/flow-run/1"
    set_status(deployment, "in_progress", log_url=url)
    set_status(deployment, "in_progress", log_url=url)
    set_status(deployment, "failure", description="The old version serves.\n" + "x" * 200, log_url=url)
    statuses = list(deployment.get_statuses())
    assert [status.state for status in statuses] == ["failure", "in_progress"]
    assert {status.target_url for status in statuses} == {url}
    assert statuses[0].description.startswith("The old version serves. x")
    assert len(statuses[0].description) == 140
    assert current_state(deployment) == "failure"


def test_success_retires_the_deployment_before(repository: Repository, commit: str) -> None:
    """People see one active deployment for each environment."""
    first = ensure_deployment(
        repository, commit=commit, environment="staging", branch="stage", flow_run_id="1"
    )
    second = ensure_deployment(
        repository, commit=commit, environment="staging", branch="stage", flow_run_id="2"
    )
    set_status(first, "success")
    set_status(second, "success")
    assert (current_state(first), current_state(second)) == ("inactive", "success")


def test_a_status_whose_answer_was_lost_is_not_doubled(
    server: GitHubServer, repository: Repository, commit: str
) -> None:
    """As for the deployment itself: look, then send."""
    deployment = ensure_deployment(
        repository, commit=commit, environment="staging", branch="stage", flow_run_id=RUN
    )
    server.wire.put(Fault(504, method="POST", path=".*/statuses", given="after serving"))
    set_status(deployment, "success")
    assert deployment.get_statuses().totalCount == 1


def test_a_token_without_the_right_is_told_so(
    repository: Repository, reader: Repository, commit: str
) -> None:
    """And is not retried."""
    repository.create_environment("staging")
    with pytest.raises(SetUpError, match="may not create a deployment") as caught:
        ensure(reader, commit)
    assert "deployments=write" in caught.value.next_step
