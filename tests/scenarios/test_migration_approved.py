"""A migration of production: nothing happens before a yes, to going there, going back and letting go.

Takes half an hour: make exhaustive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from models.log import Event
from models.names import DatabaseName, Scenario
from models.release import Release
from tests.scenarios.conftest import APPROVER
from tests.scenarios.front_door import (
    Ended,
    Question,
    answer,
    approve,
    begin,
    finish,
    wait_for_question,
)
from tests.scenarios.graph import contents
from tests.scenarios.place import Place
from tests.scenarios.test_migration import (
    FIRST,
    left_alone,
    migrate,
    nothing_beside,
    push,
    takes_writes,
    tiers,
    write_a_tier,
)

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(3600), pytest.mark.exhaustive]


@dataclass(frozen=True)
class Approved:
    """What was before, what was asked, how things stood while people thought, and the run."""

    before: Release
    commit: str
    question: Question
    untouched: bool
    ended: Ended


@pytest.fixture(scope="module")
def approved(production: Place, staging: Place) -> Approved:
    """Production after a migration that passed on staging and was agreed to."""
    before = production.release()
    assert before.standby is None
    left_alone(staging)
    commit = push(staging, FIRST)
    passed = migrate(staging, commit)
    assert passed.state == "Completed", f"{passed.story}\n{passed.message}"
    run_id = begin(Scenario.MIGRATION, production.name, commit=commit, reason="Members have tiers")
    question = wait_for_question(run_id)
    untouched = takes_writes(production) and nothing_beside(production) and production.records(run_id) == []
    approve(question, APPROVER)
    return Approved(before, commit, question, untouched, finish(run_id))


def test_who_agrees_reads_the_rehearsal_and_the_plan(approved: Approved) -> None:
    """How the migrations went on a copy of production's own data, and what would be built; nothing is yet."""
    shown = approved.question.shown.replace("\\", "")
    for words in ("Members have tiers", "V010__tiers.cypher", "V011__tiers_are_unique.cypher"):
        assert words in shown
    assert re.search(r"`:Tier` *\| *0 *\| *2 *\| *\+2 ", shown)
    assert approved.untouched


def test_production_serves_the_migrated_data_and_the_log_says_who_agreed(
    production: Place, approved: Approved
) -> None:
    assert approved.ended.state == "Completed", f"{approved.ended.story}\n{approved.ended.message}"
    release = production.release()
    assert (release.live, release.commit) == (approved.before.live.other, approved.commit)
    assert production.serving()["image_digest"] == release.image_digest
    assert tiers(production) == 2
    assert takes_writes(production)
    record = production.records(approved.ended.run_id)[-1].entry
    assert record.event is Event.SUCCEEDED
    assert record.approval is not None
    assert record.approval.approver == APPROVER


@pytest.fixture(scope="module")
def back(production: Place, approved: Approved) -> tuple[Question, Ended]:
    """Production after a switch back that was agreed to; somebody had written to it since the migration."""
    write_a_tier(production)
    run_id = begin(Scenario.SWITCH_BACK, production.name, reason="Fees are wrong")
    question = wait_for_question(run_id)
    assert production.release().live is not approved.before.live
    approve(question, APPROVER)
    return question, finish(run_id)


def test_who_agrees_to_go_back_reads_what_is_lost(
    production: Place, approved: Approved, back: tuple[Question, Ended]
) -> None:
    question, ended = back
    assert "+1 Tier" in question.shown
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    assert production.release().side() == approved.before.side()
    assert (tiers(production), takes_writes(production)) == (0, True)


def test_the_slot_that_is_left_stays_until_somebody_agrees(
    production: Place, back: tuple[Question, Ended]
) -> None:
    """A no leaves it as it is; a yes removes it, and what serves is untouched."""
    held = {database: contents(production, database) for database in DatabaseName}
    refused = begin(Scenario.RETIREMENT, production.name, early=True)
    answer(wait_for_question(refused), decision="reject", approver="Ann", comment="The auditors want to look")
    assert finish(refused).state == "Rejected"
    assert production.release().standby is not None
    assert not nothing_beside(production)
    agreed = begin(Scenario.RETIREMENT, production.name, early=True)
    approve(wait_for_question(agreed), APPROVER)
    ended = finish(agreed)
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    assert nothing_beside(production)
    assert production.release().standby is None
    assert {database: contents(production, database) for database in DatabaseName} == held
