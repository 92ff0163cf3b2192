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
from tests.scenarios.front_door import carry_out, trigger
from tests.scenarios.place import Place

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800)]


def first_deployment(place: Place) -> list[Record]:
    """What the log holds of the run that built the environment."""
    records = place.log.records()
    return [record for record in records if record.entry.flow_run_id == records[0].entry.flow_run_id]


def test_two_environments_are_built_at_the_same_time(development: Place, staging: Place) -> None:
    """Each began before the other ended, and both came to a good end."""
    one, other = first_deployment(development), first_deployment(staging)
    assert one[0].written_at < other[-1].written_at
    assert other[0].written_at < one[-1].written_at
    assert one[-1].entry.event is other[-1].entry.event is Event.SUCCEEDED


def test_the_log_tells_of_the_databases_first_and_the_application_second(development: Place) -> None:
    """Two plans were applied for one release: all without tasks, then the number of tasks alone."""
    first, second, end = first_deployment(development)
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
    assert development.log.verify() == []


def test_the_application_answers_through_the_load_balancer(development: Place, staging: Place) -> None:
    """What answers is the image of the release, which says of itself what it was built from."""
    for place in (development, staging):
        release = place.log.current_release()
        assert release is not None
        serving = place.serving()
        assert (serving["commit"], serving["image_digest"]) == (release.commit, release.image_digest)
        assert place.service().running == release.desired_count


def test_both_databases_let_the_applications_user_in(development: Place, staging: Place) -> None:
    """By the Bolt URLs that Terraform puts out, with the credentials that the application itself reads."""
    for place in (development, staging):
        release = place.log.current_release()
        assert release is not None
        for database in DatabaseName:
            info = login(place.outputs().bolt_urls[database], place.credentials(database))
            assert info.version == release.databases[database].neo4j_version


def test_the_databases_have_the_applications_constraints(development: Place) -> None:
    """All that the settings name, in the database that they are named for."""
    for database in DatabaseName:
        wanted = development.environment.databases[database].constraints
        url = development.outputs().bolt_urls[database]
        with open_database(url, development.credentials(database)) as connection:
            assert missing_constraints(connection, wanted) == []


def test_the_secrets_at_github_are_what_terraform_and_ssm_say(development: Place, staging: Place) -> None:
    """Decrypted, each secret equals its parameter; the two Bolt URLs equal Terraform's outputs."""
    for place in (development, staging):
        secrets = {secret.key: secret for secret in compare_secrets(place.sandbox, place.environment)}
        assert len(secrets) == 9
        assert all(secret.right for secret in secrets.values())
        outputs = place.outputs().bolt_urls
        assert secrets["NEO_4J_LEDGER_SPACE_BOLT_URL"].in_github == outputs[DatabaseName.LEDGER]
        assert secrets["NEO_4J_SEARCH_SPACE_BOLT_URL"].in_github == outputs[DatabaseName.SEARCH]


def test_github_shows_the_deployment_as_a_success(development: Place) -> None:
    """The commit's deployment has come from in progress to success, and its log is the flow run's page."""
    build = first_deployment(development)[-1].entry
    assert build.release is not None
    github = development.environment.github
    token = read_or_make_token(development.sandbox.home, DEPLOYER)
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
    assert states == [("success", True), ("in_progress", True)]


def test_run_again_it_changes_nothing_and_says_so(development: Place) -> None:
    """The second plan is empty; state, service, databases and secrets are as they were."""
    before = development.snapshot()
    ended = carry_out(Scenario.INITIAL_DEPLOYMENT, development.name)
    assert ended.state == "Unchanged", ended.message
    assert ended.message.startswith("Nothing to change: development runs commit ")
    assert development.snapshot() == before
    assert [record.entry.event for record in development.records(ended.run_id)][-1] is Event.UNCHANGED


def test_on_a_whole_environment_it_refuses_another_commit(
    development: Place, sandbox: RunningSandbox
) -> None:
    """Another version is another scenario's work, which the refusal names."""
    release = development.log.current_release()
    assert release is not None
    before = development.snapshot()
    other = development.push()
    printed = trigger(
        sandbox, Scenario.INITIAL_DEPLOYMENT, development.name, commit=other.commit, desired_count="3"
    )
    assert printed.exit_code == 3
    assert printed.answer["state"] == "Refused"
    assert "is built already" in printed.answer["message"]
    assert "Use application-deployment for another commit" in printed.answer["message"]
    assert development.snapshot() == before
