"""Approvals in production from end to end: what a waiting run is, and what becomes of each answer."""

from __future__ import annotations

import uuid
from functools import partial

import psutil
import pytest

from models.log import Event
from models.names import Scenario
from systems.waiting import Pace, wait_for
from tests.conftest import RunningSandbox
from tests.scenarios.conftest import APPROVER
from tests.scenarios.front_door import (
    Ended,
    Question,
    answer,
    approve,
    begin,
    credex,
    finish,
    slots_taken,
    wait_for_question,
)
from tests.scenarios.place import Place
from tests.scenarios.twice import Twice

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(900)]

DEPLOY = Scenario.APPLICATION_DEPLOYMENT
KEY = str(uuid.uuid4())
"""The idempotency key of the run that is rejected in the end."""


def has_ended(process_id: int) -> bool | None:
    return None if psutil.pid_exists(process_id) else True


@pytest.fixture(scope="module")
def asked(production: Place, staging_twice: Twice) -> tuple[Question, Question]:
    """Two deployments of two images that passed on staging, both waiting for an approval."""
    earlier, later = staging_twice.images
    runs = (
        begin(DEPLOY, production.name, key=KEY, commit=earlier.commit),
        begin(DEPLOY, production.name, commit=later.commit),
    )
    return wait_for_question(runs[0]), wait_for_question(runs[1])


@pytest.fixture(scope="module")
def approved(asked: tuple[Question, Question]) -> Ended:
    """The second of the two, approved and ended."""
    approve(asked[1], APPROVER)
    return finish(asked[1].run_id)


@pytest.fixture(scope="module")
def asked_again(asked: tuple[Question, Question], approved: Ended) -> Question:
    """The first of the two, approved when its plan was stale."""
    approve(asked[0], APPROVER)
    return wait_for_question(asked[0].run_id, after=asked[0])


def test_building_production_asks_once_for_both_of_its_plans(production: Place) -> None:
    """The same approval is recorded with each plan, and is bound to the first one's digest."""
    records = production.log.records()
    build = [record.entry for record in records if record.entry.flow_run_id == records[0].entry.flow_run_id]
    approvals = [entry.approval for entry in build]
    assert [entry.event for entry in build] == [Event.STARTED, Event.STARTED, Event.SUCCEEDED]
    assert approvals[0] is not None
    assert approvals[0].approver == APPROVER
    assert approvals[0].plan_sha256 == build[0].plan_sha256
    assert approvals[0] == approvals[1] == approvals[2]


def test_the_question_shows_the_plan(asked: tuple[Question, Question], staging_twice: Twice) -> None:
    """What is approved is what is read: the releases and each change, on the form itself."""
    for question, image in zip(asked, staging_twice.images, strict=True):
        assert image.commit[:12] in question.shown
        assert image.digest[:19] in question.shown
        assert "aws_ecs_task_definition" in question.shown
        assert "aws_ecs_service" in question.shown


def test_a_waiting_run_has_no_process_and_holds_nothing(
    asked: tuple[Question, Question], production: Place
) -> None:
    """Thinking takes hours: neither the environment nor Terraform's state is locked meanwhile."""
    for question in asked:
        assert wait_for(partial(has_ended, question.process_id), Pace(30, interval_seconds=0.5))
    assert slots_taken(f"deploy-{production.name}") == 0
    assert not production.locked()


def test_an_answer_that_is_no_answer_leaves_the_run_waiting(asked: tuple[Question, Question]) -> None:
    """A missing name and a decision that the form does not offer are refused, with the field."""
    nameless = answer(asked[0], decision="approve")
    undecided = answer(asked[0], decision="perhaps", approver=APPROVER)
    for reply, field in ((nameless, "approver"), (undecided, "perhaps")):
        assert reply["status"] == "REJECT"
        assert field in reply["details"]["reason"]
    assert wait_for_question(asked[0].run_id) == asked[0]


def test_approved_the_plan_is_applied_and_the_approval_recorded(
    approved: Ended, production: Place, staging_twice: Twice
) -> None:
    """The log names who agreed to which plan, by the digest of the very file that was applied."""
    assert approved.state == "Completed", approved.message
    started, end = production.records(approved.run_id)
    assert (started.entry.event, end.entry.event) == (Event.STARTED, Event.SUCCEEDED)
    for entry in (started.entry, end.entry):
        assert entry.approval is not None
        assert entry.approval.approver == APPROVER
        assert entry.approval.plan_sha256 == entry.plan_sha256
        assert entry.approval.image_digest == staging_twice.images[1].digest
    assert production.serving()["image_digest"] == staging_twice.images[1].digest


def test_a_plan_gone_stale_is_not_applied_but_asked_anew_and_may_be_rejected(
    asked: tuple[Question, Question],
    asked_again: Question,
    production: Place,
    staging_twice: Twice,
    sandbox: RunningSandbox,
) -> None:
    """The yes was for another plan: the new question names the new one, and a no changes nothing."""
    before = production.snapshot()
    assert asked_again.key != asked[0].key
    assert staging_twice.images[1].commit[:12] in asked_again.shown
    assert production.records(asked[0].run_id) == []
    reply = answer(asked_again, decision="reject", approver=APPROVER, comment="too late in the day")
    assert reply["status"] == "ACCEPT"
    ended = finish(asked_again.run_id)
    assert "Something was applied since this plan was made; planning again." in ended.story
    printed = credex(
        sandbox, "trigger", DEPLOY.value, "--env", "production", "--wait", "--json", "--idempotency-key", KEY
    )
    assert (printed.exit_code, printed.answer["state"]) == (4, "Rejected")
    assert f"{APPROVER} rejected the plan: too late in the day." in printed.answer["message"]
    assert production.snapshot() == before
    assert production.records(asked[0].run_id) == []
    assert slots_taken(f"deploy-{production.name}") == 0
