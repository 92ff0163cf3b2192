"""Approvals in production from end to end: what a waiting run is, and what becomes of each answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import psutil
import pytest

from models.log import Event
from models.names import Scenario
from sandbox.settings_files import changed
from systems.waiting import Pace, wait_for
from tests.conftest import RunningSandbox
from tests.scenarios.approvals import answers_left
from tests.scenarios.conftest import APPROVER
from tests.scenarios.front_door import (
    Ended,
    Question,
    answer,
    begin,
    credex,
    finish,
    fresh_code,
    question_of,
    slots_taken,
    wait_for_question,
)
from tests.scenarios.place import Image, Place, Snapshot
from tests.scenarios.settings_files import expire_after, freeze
from tests.scenarios.twice import Twice

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800)]

DEPLOY = Scenario.APPLICATION_DEPLOYMENT
KEY = str(uuid.uuid4())
"""The idempotency key of the run that meets a freeze in the end."""

OTHER_APPROVER = "Farai Dube"
URGENT = "customers cannot log in"
STOCKTAKING = "stocktaking"
EXPIRES_SECONDS = 20
"""How long the question stands that nobody answers."""


def has_ended(process_id: int) -> bool | None:
    return None if psutil.pid_exists(process_id) else True


def wait_for_answer_to(question: Question) -> Question:
    """The same question, put again after an answer that was none."""
    return wait_for_question(question.run_id, after=question)


def begin_deployment(place: Place, image: Image, **parameters: str) -> UUID:
    """Of one of two images of which either may come to run first."""
    return begin(DEPLOY, place.name, commit=image.commit, allow_older=True, **parameters)


@pytest.fixture(scope="module")
def asked(production: Place, staging_twice: Twice) -> tuple[Question, Question]:
    """Two deployments of two images that passed on staging, both urgent while production is frozen."""
    earlier, later = staging_twice.images
    with changed(production.sandbox, production.name, freeze(STOCKTAKING)):
        runs = [
            begin_deployment(production, image, freeze_override_reason=URGENT) for image in (earlier, later)
        ]
        first, second = (wait_for_question(run) for run in runs)
    return first, second


@dataclass(frozen=True)
class Contest:
    """Two questions that were answered with the same one-time code at the same moment."""

    winner: Question
    won: Ended
    image: Image
    loser: Question
    again: Question
    """What the loser was asked then."""


@pytest.fixture(scope="module")
def contest(asked: tuple[Question, Question], production: Place, staging_twice: Twice) -> Contest:
    """Both approved by the same person, with the same code."""
    code = fresh_code(production.environment, APPROVER)
    for question in asked:
        reply = answer(question, decision="approve", approver=APPROVER, code=code)
        assert reply["status"] == "ACCEPT", reply
    again = wait_for(partial(_asked_again, asked), Pace(300, interval_seconds=1))
    assert again is not None, "neither is asked again"
    nth = 0 if again.run_id == asked[0].run_id else 1
    winner = asked[1 - nth]
    return Contest(winner, finish(winner.run_id), staging_twice.images[1 - nth], asked[nth], again)


def _asked_again(asked: tuple[Question, Question]) -> Question | None:
    for question in asked:
        now = question_of(question.run_id)
        if now is not None and now.key != question.key:
            return now
    return None


@pytest.fixture(scope="module")
def anew(contest: Contest, production: Place, sandbox: RunningSandbox) -> Question:
    """The loser's question after it was approved by `credex approve`, when its plan was stale."""
    code = fresh_code(production.environment, APPROVER)
    run = str(contest.loser.run_id)
    printed = credex(sandbox, "approve", run, "--as", APPROVER.lower(), typed=f"{code}\n")
    assert printed.exit_code == 0, printed
    assert "goes on" in printed.out
    return wait_for_question(contest.loser.run_id, after=contest.again)


def test_building_production_asks_once_for_both_of_its_plans(production: Place) -> None:
    """The same approval is recorded with each plan, and is bound to the first one's digest."""
    records = production.log.records()
    build = [record.entry for record in records if record.entry.flow_run_id == records[0].entry.flow_run_id]
    approvals = [entry.approval for entry in build]
    assert [entry.event for entry in build] == [Event.STARTED, Event.STARTED, Event.SUCCEEDED]
    assert approvals[0] is not None
    assert approvals[0].approver == APPROVER
    assert approvals[0].proven_by_code
    assert approvals[0].plan_sha256 == build[0].plan_sha256
    assert approvals[0] == approvals[1] == approvals[2]


@pytest.mark.usefixtures("staging_again")
def test_the_question_shows_the_plan(asked: tuple[Question, Question], staging_twice: Twice) -> None:
    """What is approved is what is read: the releases and each change, on the form itself."""
    for question, image in zip(asked, staging_twice.images, strict=True):
        assert image.commit[:12] in question.shown
        assert image.digest[:19] in question.shown
        assert "aws_ecs_task_definition" in question.shown
        assert "aws_ecs_service" in question.shown
        assert URGENT in question.shown


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


@pytest.mark.usefixtures("to_be_shut_out")
def test_of_two_runs_approved_with_one_code_one_goes_on_and_the_other_asks_again(
    contest: Contest, production: Place
) -> None:
    """Whichever looks first: two workers see the use of a code, and no answer stays readable."""
    assert (
        f"That one-time code was used before, for flow run {contest.winner.run_id}; " in contest.again.shown
    )
    assert contest.won.state == "Completed", contest.won.message
    assert answers_left(contest.winner.run_id) == answers_left(contest.loser.run_id) == []


def test_approved_the_plan_is_applied_and_the_approval_recorded(contest: Contest, production: Place) -> None:
    """The log names who agreed to which plan, by its file's digest, and why in spite of a freeze."""
    started, end = production.records(contest.winner.run_id)
    assert (started.entry.event, end.entry.event) == (Event.STARTED, Event.SUCCEEDED)
    for entry in (started.entry, end.entry):
        assert entry.approval is not None
        assert (entry.approval.approver, entry.approval.proven_by_code) == (APPROVER, True)
        assert entry.approval.plan_sha256 == entry.plan_sha256
        assert entry.approval.image_digest == contest.image.digest
        assert entry.freeze_override is not None
        assert (entry.freeze_override.reason, entry.freeze_override.freeze.reason) == (URGENT, STOCKTAKING)
    assert production.serving()["image_digest"] == contest.image.digest


def test_a_plan_gone_stale_is_not_applied_but_asked_anew_with_what_differs(
    contest: Contest, anew: Question, production: Place
) -> None:
    """The yes, given by the command, was for another plan: the new question says what is not as it was."""
    assert f"What differs from the plan that {APPROVER} approved" in anew.shown
    row = next(line for line in anew.shown.splitlines() if line.startswith("| `commit (now)` |"))
    assert row.endswith(f"| `{contest.image.commit[:19]}` |")
    assert production.records(contest.loser.run_id) == []


def test_a_rejection_by_the_command_changes_nothing(
    contest: Contest, anew: Question, production: Place, sandbox: RunningSandbox
) -> None:
    """Its reason is how the run ends."""
    before = production.snapshot()
    printed = credex(sandbox, "reject", str(anew.run_id), "--reason", "too late in the day", "--as", "Ann")
    assert printed.exit_code == 4, printed
    ended = finish(anew.run_id)
    assert "Something was applied since this plan was made; planning again." in ended.story
    assert ended.state == "Rejected"
    assert "Ann rejected the plan: too late in the day." in ended.message
    assert production.snapshot() == before
    assert production.records(anew.run_id) == []
    assert slots_taken(f"deploy-{production.name}") == 0


@dataclass(frozen=True)
class Refusals:
    """Runs that were answered, or not, in ways that change nothing; and how they ended."""

    before: Snapshot
    unanswered: Ended
    tried: Ended
    tries: list[str]
    """What the run of the tries said each time that it asked again."""
    frozen_run: UUID


@pytest.fixture(scope="module")
def refusals(anew: Question, contest: Contest, production: Place, staging_twice: Twice) -> Refusals:
    """Three runs at once: not answered in time; answered wrongly three times; frozen while it waited."""
    before = production.snapshot()
    image = next(image for image in staging_twice.images if image != contest.image)
    with changed(production.sandbox, production.name, expire_after(EXPIRES_SECONDS)):
        expiring = begin_deployment(production, image)
        wait_for_question(expiring)
    tried = begin_deployment(production, image, requester=OTHER_APPROVER)
    frozen = begin_deployment(production, image, key=KEY)
    first, meets_freeze = wait_for_question(tried), wait_for_question(frozen)
    other = fresh_code(production.environment, OTHER_APPROVER)
    answer(first, decision="approve", approver=APPROVER, code=other)
    second = wait_for_answer_to(first)
    own = fresh_code(production.environment, OTHER_APPROVER)
    answer(second, decision="approve", approver=OTHER_APPROVER, code=own)
    third = wait_for_answer_to(second)
    answer(third, decision="approve", approver="Eve", code="123456")
    ended = finish(expiring), finish(tried)
    with changed(production.sandbox, production.name, freeze(STOCKTAKING)):
        code = fresh_code(production.environment, APPROVER)
        answer(meets_freeze, decision="approve", approver=APPROVER, code=code)
        finish(frozen)
    return Refusals(before, *ended, [second.shown, third.shown], frozen)


@pytest.mark.exhaustive
def test_a_question_that_nobody_answers_in_time_ends_the_run(refusals: Refusals) -> None:
    """By itself, in words, although the run has no process while it waits."""
    assert refusals.unanswered.state == "Rejected"
    assert "Nobody approved the plan before" in refusals.unanswered.message


@pytest.mark.exhaustive
def test_an_answer_that_is_not_good_asks_again_a_few_times(refusals: Refusals) -> None:
    """Another person's code, the requester's own yes, and a stranger's: then it is over."""
    wrong, own = refusals.tries
    assert f"That was not {APPROVER}'s one-time code" in wrong
    assert f"{OTHER_APPROVER} asked for this change, so somebody else has to agree to it." in own
    assert refusals.tried.state == "Rejected"
    assert "Eve is not among the approvers: Tendai Ncube, Farai Dube." in refusals.tried.message
    assert "That was the last of 3 tries." in refusals.tried.message
    assert answers_left(refusals.tried.run_id) == []


@pytest.mark.exhaustive
def test_a_freeze_that_begins_while_people_think_is_respected(
    refusals: Refusals, sandbox: RunningSandbox
) -> None:
    """Approved, and refused all the same: with the time from which it may be started again."""
    asked = ("trigger", DEPLOY.value, "--env", "production", "--wait", "--json", "--idempotency-key", KEY)
    printed = credex(sandbox, *asked)
    assert (printed.exit_code, printed.answer["state"]) == (3, "Refused")
    assert "production is frozen until" in printed.answer["message"]
    assert STOCKTAKING in printed.answer["message"]


@pytest.mark.exhaustive
def test_what_was_not_approved_has_changed_nothing(refusals: Refusals, production: Place) -> None:
    """Neither the environment nor its log, and no plan's file is left."""
    assert production.snapshot() == refusals.before
    for run in (refusals.unanswered.run_id, refusals.tried.run_id, refusals.frozen_run):
        assert production.records(run) == []
        assert production.plans_kept(run) == []
    assert slots_taken(f"deploy-{production.name}") == 0
