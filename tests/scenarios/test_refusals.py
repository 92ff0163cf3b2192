"""What is refused: one sentence, the way out, an exit code, and nothing changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

import pytest

from deployments.runs import prefect
from models.errors import Refused
from models.names import Scenario
from sandbox.pushing import push_commit
from tests.conftest import RunningSandbox
from tests.scenarios.front_door import artifact, carry_out, finish, trigger
from tests.scenarios.place import Place

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800)]

DEPLOY = Scenario.APPLICATION_DEPLOYMENT


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        pytest.param({"environment": "nowhere"}, "nowhere", id="an environment without a file"),
        pytest.param(
            {"environment": "staging", "desired_count": 21}, "desired_count", id="a count out of bounds"
        ),
    ],
)
def test_the_api_refuses_what_the_form_would_refuse(request_: dict[str, object], field: str) -> None:
    """A client that skips the form meets the same choices and bounds, before a flow run exists."""
    with pytest.raises(Refused, match=field):
        start_over_the_api({"requester": "ci", **request_})


def start_over_the_api(request: dict[str, object]) -> None:
    """Start an initial deployment as a CI system does that has no `credex`."""
    with prefect() as client:
        deployment = client.read_deployment_by_name("initial-deployment/initial-deployment")
        client.create_flow_run_from_deployment(deployment.id, parameters={"request": request})


def test_an_environment_that_was_never_built_is_refused(too_early: UUID | None) -> None:
    """There is nothing whose application could be changed; the refusal says how to build it."""
    if too_early is None:
        pytest.skip("production was built before this session")
    ended = finish(too_early)
    assert ended.state == "Refused"
    assert ended.message == (
        "Nothing was deployed to production yet. "
        "Build it first: credex trigger initial-deployment --env production."
    )


def test_an_unknown_commit_is_refused(staging: Place, sandbox: RunningSandbox) -> None:
    """The repository does not know it: nothing is planned, changed or recorded."""
    before = staging.snapshot()
    printed = trigger(sandbox, DEPLOY, staging.name, commit="f" * 40)
    assert (printed.exit_code, printed.answer["state"]) == (3, "Refused")
    assert "f" * 12 in printed.answer["message"]
    assert staging.snapshot() == before
    assert staging.records(printed.answer["flow_run_id"]) == []


def test_a_commit_without_an_image_is_refused(staging: Place) -> None:
    """The commit is there, and nobody built an image of it."""
    before = staging.snapshot()
    commit = push_commit(staging.sandbox, staging.environment, "Build nothing")
    ended = carry_out(DEPLOY, staging.name, commit=commit)
    assert ended.state == "Refused"
    assert commit[:12] in ended.message
    assert "image" in ended.message
    assert staging.snapshot() == before
    assert staging.records(ended.run_id) == []


@pytest.fixture
def other_machine_image(staging: Place) -> Iterator[None]:
    """Staging's variables name another machine image for the ledger, as a newer release of it would."""
    file = staging.sandbox.home / "terraform" / f"{staging.name}.tfvars.json"
    text = file.read_text()
    variables = json.loads(text)
    variables["database_ami_ids"]["ledger"] = "ami-00000000000000002"
    file.write_text(json.dumps(variables))
    yield
    file.write_text(text)


def test_a_plan_that_would_touch_a_database_is_refused(
    staging: Place, other_machine_image: None, sandbox: RunningSandbox
) -> None:
    """The plan shows the ledger's machine replaced; the refusal says what is at stake and who may do it."""
    before = staging.snapshot()
    image = staging.push()
    printed = trigger(sandbox, DEPLOY, staging.name, commit=image.commit)
    assert (printed.exit_code, printed.answer["state"]) == (3, "Refused")
    message = printed.answer["message"]
    assert "destroyed and created anew" in message
    assert "Use the scenario neo4j-change for it." in message
    assert "aws_instance" in artifact(printed.answer["flow_run_id"], f"plan-{staging.name}")
    assert staging.snapshot() == before
    assert staging.records(printed.answer["flow_run_id"]) == []


def test_production_refuses_an_image_that_never_passed_on_staging(production: Place, staging: Place) -> None:
    """An image that was built for staging is no candidate before it was deployed there."""
    before = production.snapshot()
    image = staging.push()
    ended = carry_out(DEPLOY, production.name, commit=image.commit)
    assert ended.state == "Refused"
    assert "never passed on staging" in ended.message
    assert "credex trigger application-deployment --env staging" in ended.message
    assert production.snapshot() == before
    assert production.records(ended.run_id) == []
