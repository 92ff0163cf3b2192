"""The verification from end to end: on a whole environment, on a broken one, and where it cannot ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain

import pytest
from prefect.exceptions import ObjectNotFound

from deployments.runs import prefect
from models.names import DatabaseName, Scenario
from models.notification import News
from sandbox.settings_files import Document, changed
from systems.neo4j.connection import open_database, wait_for_login
from tasks.silence import seen_name, told_name
from tasks.standing import standing_name
from tests.channels import TOKEN, Channels, open_channels
from tests.conftest import RunningSandbox
from tests.scenarios.front_door import artifact, begin, carry_out, finish, trigger
from tests.scenarios.place import Place
from tests.scenarios.search import Secret, files, found_in, rows

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800)]

PASSED, FAILED, INCONCLUSIVE = "passed", "**failed**", "**inconclusive**"


def found(run_id: object, place: Place) -> dict[str, str]:
    """The mark of each check in the table on the run's page."""
    table = artifact(run_id, f"verification-{place.name}").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table if line.startswith("|")]
    return {row[1]: row[0] for row in rows if row[0] in {PASSED, FAILED, INCONCLUSIVE}}


@pytest.fixture(scope="module")
def channels(staging: Place) -> Iterator[Channels]:
    """Staging's channels: one hears, one refuses, one never answers; it is told of checks alone.

    That its paused verification does not look is told at some time, when another check saw it twice.
    """
    waiting = {"hangs": [News.NOT_WELL.value]}
    with open_channels() as opened:
        for way in ("hears", "refuses", "hangs"):
            staging.aws.ssm.put_parameter(
                Name=f"/channels/{way}", Value=opened.address(way), Type="SecureString", Overwrite=True
            )

        def change(document: Document) -> None:
            document["channels"] = [
                {"name": way, "address_parameter": f"/channels/{way}", "news": waiting.get(way, list(News))}
                for way in ("hears", "refuses", "hangs")
            ]

        with changed(staging.sandbox, staging.name, change), by_hand(staging.name):
            yield opened


@contextmanager
def by_hand(environment: str) -> Iterator[None]:
    """Within, people know nothing yet, and the clock does not verify: it might look first, and tell."""
    with prefect() as client:
        deployment = client.read_deployment_by_name("verification/verification")
        for check in (Scenario.VERIFICATION, Scenario.DRIFT):
            for name in (standing_name, seen_name, told_name):
                with suppress(ObjectNotFound):
                    client.delete_variable_by_name(name(check, environment))
        [own] = [one for one in deployment.schedules if one.slug == environment]
        # Prefect 3.9.1 empties a schedule's parameters unless they are given with each update.
        switch = partial(client.update_deployment_schedule, deployment.id, own.id, parameters=own.parameters)
        switch(active=False)
        try:
            yield
        finally:
            switch(active=True)


def break_three_things(place: Place) -> None:
    """Stop the tasks, drop a constraint and delete a secret, each behind the deployment system's back."""
    outputs = place.outputs()
    place.aws.ecs.update_service(cluster=outputs.cluster, service=outputs.service, desiredCount=0)
    ledger = outputs.bolt_urls[DatabaseName.LEDGER]
    with open_database(ledger, place.credentials(DatabaseName.LEDGER)) as connection:
        names = connection.read(
            "SHOW CONSTRAINTS YIELD name, labelsOrTypes WHERE labelsOrTypes = ['Daynode']"
        )
        assert [row["name"] for row in names] == ["Daynode_Date_unique"]
        connection.write("DROP CONSTRAINT Daynode_Date_unique")
    place.delete_secret("JWT_SECRET")


@pytest.mark.usefixtures("to_be_rejected")
def test_what_is_broken_is_found_and_the_advice_mends_it(
    staging: Place, sandbox: RunningSandbox, channels: Channels
) -> None:
    """Each break fails its own check; the initial deployment, run again, brings all of it back.

    People are told of both, and of the channels that do not work on the run's page alone.
    """
    release = staging.release()
    break_three_things(staging)
    drift = begin(Scenario.DRIFT, staging.name)
    printed = trigger(sandbox, Scenario.VERIFICATION, staging.name)
    outside = finish(drift)
    assert outside.state == "Failed"
    assert 'module.service.aws_ecs_service.this["blue"] differs in desired_count' in outside.message
    assert (printed.exit_code, printed.answer["state"]) == (1, "Failed")
    assert "the channel hangs " in printed.answer["message"]
    assert "the channel refuses refused the message or could not be reached" in printed.answer["message"]
    assert TOKEN not in printed.out + printed.err
    marks = found(printed.answer["flow_run_id"], staging)
    assert {name for name, mark in marks.items() if mark == FAILED} >= {
        "Through the load balancer",
        "Constraints of ledger",
        "Secrets at GitHub",
    }
    assert marks["Login to ledger"] == marks["Constraints of search"] == PASSED
    mended = carry_out(Scenario.INITIAL_DEPLOYMENT, staging.name)
    assert mended.state == "Completed", mended.message
    assert "JWT_SECRET" in staging.secrets_written_at()
    assert staging.service().running == release.desired_count
    assert staging.log.current_release() == release
    assert channels.titles().count("staging: drift") == 1
    titles = [title.partition(": ")[2] for title in channels.titles()]
    assert [title for title in titles if title not in {"drift", "verification not looking"}] == [
        "verification not well",
        "initial-deployment started",
        "initial-deployment succeeded",
    ]
    [last] = [message for message in channels.messages if message["title"].endswith("deployment succeeded")]
    assert "Asked for by: Rutendo Moyo" in last["message"]
    assert f"/v2/runs/flow-run/{mended.run_id}" in last["message"]


@pytest.fixture
def silent(staging: Place) -> Iterator[Place]:
    """Staging, whose search database's machine is stopped and whose GitHub token is wrong."""
    place, ec2, ssm = staging, staging.aws.ec2, staging.aws.ssm
    machine = place.machine(DatabaseName.SEARCH)
    parameter = place.environment.github.token_parameter
    token = ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
    ec2.stop_instances(InstanceIds=[machine])
    ssm.put_parameter(Name=parameter, Value="github_pat_wrong", Type="SecureString", Overwrite=True)
    yield place
    ssm.put_parameter(Name=parameter, Value=token, Type="SecureString", Overwrite=True)
    ec2.start_instances(InstanceIds=[machine])
    wait_for_login(
        place.outputs().bolt_urls[DatabaseName.SEARCH],
        place.credentials(DatabaseName.SEARCH),
        deadline_seconds=120,
        on_progress=lambda _sentence: None,
    )


@pytest.mark.exhaustive
def test_what_cannot_be_asked_is_inconclusive_and_no_success(silent: Place, channels: Channels) -> None:
    """A database that does not answer and a GitHub that does not let us in are named, with the way out.

    That something is not well is known; this is something else, so people are told.
    """
    told = channels.titles().count("staging: verification not well")
    ended = carry_out(Scenario.VERIFICATION, silent.name)
    assert ended.state == "Failed"
    marks = found(ended.run_id, silent)
    unknown = {name for name, mark in marks.items() if mark == INCONCLUSIVE}
    assert unknown == {"The search database", "The GitHub Environment", "Configuration changed by others"}
    assert FAILED not in marks.values()
    assert "search" in ended.message.lower()
    assert channels.titles().count("staging: verification not well") == told + 1


def test_a_whole_environment_passes_every_check(
    staging: Place, sandbox: RunningSandbox, channels: Channels
) -> None:
    """Service, load balancer, both databases, SSM and GitHub are all looked at, and nothing is changed.

    People are told that it is well again; what is left of telling them holds no channel's address.
    """
    before = staging.snapshot()
    ended = carry_out(Scenario.VERIFICATION, staging.name)
    assert ended.state == "Completed", ended.message
    marks = found(ended.run_id, staging)
    assert {"Through the load balancer", "Login to ledger", "Login to search", "Daynode of ledger"} <= set(
        marks
    )
    assert {"Parameters in SSM", "Secrets at GitHub"} <= set(marks)
    assert set(marks.values()) == {PASSED}
    assert ended.message.startswith(f"All {len(marks)} checks of staging passed.")
    assert channels.titles().count("staging: verification well again") == 1
    home = sandbox.settings.home
    left = chain(rows(home / "prefect" / "prefect.db"), files(home / "logs"), files(home / "runs"))
    assert found_in(left, [Secret.of("a channel's address", TOKEN)]) == []
    assert staging.snapshot() == before
