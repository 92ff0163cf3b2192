"""A change of production by Prefect's own pages alone, as somebody does it who reads no code.

Needs a Chromium. CREDEX_SCREENSHOTS=FOLDER keeps pictures of what the person saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from models.log import Event
from models.names import Scenario
from tests.chromium import chromium
from tests.conftest import RunningSandbox
from tests.scenarios.browser import Person, PersonWithV1, sits_down
from tests.scenarios.conftest import APPROVER
from tests.scenarios.front_door import carry_out, fresh_code
from tests.scenarios.place import Image, Place

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(1800)]

DEPLOY = Scenario.APPLICATION_DEPLOYMENT
WHOM = {"Your name": "Rutendo Moyo"}


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser for one test."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def person(browser: Browser, sandbox: RunningSandbox, tmp_path: Path) -> Person:
    """Somebody with the interface that everybody gets."""
    return sits_down(Person, browser, sandbox.settings.prefect_url, tmp_path)


@pytest.fixture
def person_with_v1(browser: Browser, sandbox: RunningSandbox, tmp_path: Path) -> Person:
    """Somebody with the older one."""
    return sits_down(PersonWithV1, browser, sandbox.settings.prefect_url, tmp_path)


@pytest.fixture
def image(production: Place, staging: Place) -> Image:
    """A new one that passed on staging."""
    image = staging.push()
    assert carry_out(DEPLOY, staging.name, commit=image.commit).state == "Completed"
    return image


def test_a_person_deploys_to_production_by_the_pages_alone(
    person: Person, production: Place, image: Image
) -> None:
    """Fills in the form, reads the plan, approves it with a code, and watches it end."""
    person.opens_form(DEPLOY)
    person.fills(person.page, {**WHOM, "Commit": image.commit}, {"Environment": production.name})
    person.takes_picture("form")
    run = person.submits()
    person.opens_run(run, "Suspended")
    person.reads_in_artifact(
        f"plan-{production.name}", "Release", image.commit[:12], "aws_ecs_task_definition"
    )
    person.takes_picture("plan")
    person.opens_run(run, "Suspended")
    question = person.opens_question()
    assert f"{WHOM['Your name']} asks for {DEPLOY} in {production.name}." in question.inner_text()
    code = fresh_code(production.environment, APPROVER)
    person.fills(question, {"Your name": APPROVER, "One-time code": code}, {"Decision": "approve"})
    person.takes_picture("approval")
    person.answers(question)
    person.opens_run(run, "Completed")
    person.takes_picture("flow-run")
    person.reads_in_artifact(f"summary-{production.name}", f"{production.name}: succeeded", image.commit[:12])
    assert production.serving()["image_digest"] == image.digest
    assert production.records(run)[-1].entry.event is Event.SUCCEEDED


def test_a_person_rejects_in_either_interface(
    person: Person, person_with_v1: Person, production: Place, image: Image
) -> None:
    """The run ends in words, and nothing was changed."""
    before = production.snapshot()
    for approver in (person, person_with_v1):
        person.opens_form(DEPLOY)
        person.fills(person.page, {**WHOM, "Commit": image.commit}, {"Environment": production.name})
        run = person.submits()
        approver.opens_run(run, "Suspended")
        question = approver.opens_question()
        approver.fills(question, {"Your name": APPROVER, "Comment": "Not today"}, {"Decision": "reject"})
        approver.answers(question)
        approver.opens_run(run, "Rejected")
        assert production.records(run) == []
    assert production.snapshot() == before


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        pytest.param({**WHOM, "Commit": "--upload-pack=x"}, "commit", id="a commit that is an option"),
        pytest.param({"Commit": "prod"}, "requester", id="nobody's name"),
    ],
)
def test_a_form_that_is_filled_in_wrongly_starts_nothing(
    person: Person, production: Place, texts: dict[str, str], field: str
) -> None:
    """What the page then says names the field."""
    person.opens_form(DEPLOY)
    person.fills(person.page, texts, {"Environment": production.name})
    assert field in person.is_refused()
