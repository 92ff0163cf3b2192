"""Scenario 1 from end to end: an environment from nothing, and again on one that is whole."""

from __future__ import annotations

import httpx
import pytest

from models.log import Event, Record
from models.names import DatabaseName, Scenario
from models.plan import Action
from sandbox.secrets import compare_secrets
from sandbox.tokens import DEPLOYER, read_or_make_token
from systems.neo4j.connection import login, open_database
from systems.neo4j.schema import missing_constraints
from tests.conftest import RunningSandbox
from tests.scenarios.conftest import Again
from tests.scenarios.front_door import finish, trigger
from tests.scenarios.place import Place

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800)]


def first_deployment(place: Place) -> list[Record]:
    """What the log holds of the run that built the environment."""
    records = place.log.records()
    return [record for record in records if record.entry.flow_run_id == records[0].entry.flow_run_id]


def test_the_log_tells_of_the_databases_first_and_the_application_second(staging: Place) -> None:
    """Two plans were applied for one release: all without tasks, then the number of tasks alone."""
    first, second, end = first_deployment(staging)
    assert [record.entry.event for record in (first, second, end)] == [
        Event.STARTED,
        Event.STARTED,
        Event.SUCCEEDED,
    ]
    assert first.entry.scenario is Scenario.INITIAL_DEPLOYMENT
    assert first.entry.plan is not None
    assert second.entry.plan is not None
    made = {change.type for change in first.entry.plan.effective if change.action is Action.CREATE}
    assert {"aws_instance", "aws_ebs_volume", "aws_ecs_service"} <= made
    assert [change.type for change in second.entry.plan.effective] == ["aws_ecs_service"]
    assert end.entry.verification is not None
    assert end.entry.verification.passed
    assert staging.log.verify() == []


def test_the_application_answers_through_the_load_balancer(staging: Place) -> None:
    """What answers is the image of the release, which says of itself what it was built from."""
    release = staging.release()
    serving = staging.serving()
    assert (serving["commit"], serving["image_digest"]) == (release.commit, release.image_digest)
    assert staging.service().running == release.desired_count


def test_both_databases_let_the_applications_user_in(staging: Place) -> None:
    """By the Bolt URLs that Terraform puts out, with the credentials that the application itself reads."""
    for database, described in staging.release().databases.items():
        info = login(staging.outputs().bolt_urls[database], staging.credentials(database))
        assert info.version == described.neo4j_version


def test_the_databases_have_the_applications_constraints(staging: Place) -> None:
    """All that the settings name, in the database that they are named for."""
    for database in DatabaseName:
        wanted = staging.environment.databases[database].constraints
        url = staging.outputs().bolt_urls[database]
        with open_database(url, staging.credentials(database)) as connection:
            assert missing_constraints(connection, wanted) == []


def test_the_secrets_at_github_are_what_terraform_and_ssm_say(staging: Place) -> None:
    """Decrypted, each secret equals its parameter; the two Bolt URLs equal Terraform's outputs."""
    secrets = {secret.key: secret for secret in compare_secrets(staging.sandbox, staging.environment)}
    assert len(secrets) == 9
    assert all(secret.right for secret in secrets.values())
    outputs = staging.outputs().bolt_urls
    assert secrets["NEO_4J_LEDGER_SPACE_BOLT_URL"].in_github == outputs[DatabaseName.LEDGER]
    assert secrets["NEO_4J_SEARCH_SPACE_BOLT_URL"].in_github == outputs[DatabaseName.SEARCH]


def test_github_shows_the_deployment_as_a_success(staging: Place) -> None:
    """The commit's deployment has come from in progress to success, and its log is the flow run's page.

    So has the status beside the commit, from pending.
    """
    build = first_deployment(staging)[-1].entry
    assert build.release is not None
    github = staging.environment.github
    token = read_or_make_token(staging.sandbox.home, DEPLOYER)
    with httpx.Client(
        base_url=f"{github.api_url}/repos/{github.repository}/",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    ) as client:
        asked = {"sha": build.release.commit, "environment": github.environment}
        deployments = client.get("deployments", params=asked).raise_for_status().json()
        states = [
            (status["state"], status["log_url"].endswith(build.flow_run_id))
            for deployment in deployments
            for status in client.get(f"deployments/{deployment['id']}/statuses").json()
            if build.flow_run_id in status["log_url"]
        ]
        beside = client.get(f"commits/{build.release.commit}/statuses").raise_for_status().json()
    assert states == [("success", True), ("in_progress", True)]
    of_this_run = [status for status in beside if status["target_url"].endswith(build.flow_run_id)]
    assert [(status["context"], status["state"]) for status in of_this_run] == [
        ("credex/staging", "success"),
        ("credex/staging", "pending"),
    ]


def test_run_again_it_changes_nothing_and_says_so(staging: Place, staging_again: Again) -> None:
    """The second plan is empty; state, service, databases and secrets are as they were."""
    ended = finish(staging_again.run_id)
    assert ended.state == "Unchanged", ended.message
    assert ended.message.startswith("Nothing to change: staging runs commit ")
    assert staging.snapshot() == staging_again.before
    assert [record.entry.event for record in staging.records(ended.run_id)][-1] is Event.UNCHANGED


def test_on_a_whole_environment_it_refuses_another_commit(staging: Place, sandbox: RunningSandbox) -> None:
    """Another version is another scenario's work, which the refusal names."""
    release = staging.log.current_release()
    assert release is not None
    before = staging.snapshot()
    other = staging.push()
    printed = trigger(
        sandbox, Scenario.INITIAL_DEPLOYMENT, staging.name, commit=other.commit, desired_count="3"
    )
    assert printed.exit_code == 3
    assert printed.answer["state"] == "Refused"
    assert "is built already" in printed.answer["message"]
    assert "Use application-deployment for another commit" in printed.answer["message"]
    assert staging.snapshot() == before
