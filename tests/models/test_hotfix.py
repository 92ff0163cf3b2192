"""A hotfix's name can only be a name; how its branch stands to what runs decides what happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from models.errors import Refused
from models.guard import Severity
from models.hotfix import Advance, Fix, HotfixBranch, branch_of, run_name_of
from models.log import GENESIS, Entry, Event, Record
from models.names import DatabaseName, HotfixName, Scenario
from models.release import Database, Release

BASE, HEAD, OTHER = "a" * 40, "b" * 40, "c" * 40
DIGEST = f"sha256:{'d' * 64}"
NAME = TypeAdapter(HotfixName)


def branch(head: str = HEAD, advance: Advance = Advance.SOME, **more: object) -> HotfixBranch:
    return HotfixBranch.model_validate(
        {
            "name": "fees",
            "environment": "production",
            "base": BASE,
            "head": head,
            "usual_branch": "prod",
            "usual_head": BASE,
            "advance": advance,
            **more,
        }
    )


def record(event: Event, commit: str, scenario: Scenario = Scenario.HOTFIX, name: str = "fees") -> Record:
    entry = Entry(
        event=event,
        scenario=scenario,
        environment="production",
        flow_run_id="1",
        flow_run_name=run_name_of(name),
        requester="Rutendo",
        release=release(commit),
    )
    return Record(number=1, written_at=datetime(2026, 11, 1, tzinfo=UTC), previous_hash=GENESIS, entry=entry)


def release(commit: str) -> Release:
    database = Database(neo4j_version="5.26.30", instance_type="t3.small")
    return Release(
        environment="production",
        commit=commit,
        image_digest=f"sha256:{'0' * 64}",
        desired_count=2,
        databases=dict.fromkeys(DatabaseName, database),
    )


@given(st.text(max_size=60) | st.from_regex(r"[a-z0-9.@/\\-]{1,50}", fullmatch=True))
def test_a_name_is_small_letters_digits_and_single_hyphens_between_or_is_refused(text: str) -> None:
    """Neither an option, a path, a ref that git forbids, nor Markdown; blanks around it are taken off."""
    try:
        name = NAME.validate_python(text)
    except ValidationError:
        return
    assert name == text.strip()
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name, re.ASCII)
    assert len(branch_of(name)) <= len("hotfix/") + 40


@pytest.mark.parametrize("name", ["", "-f", "a-", "a--b", "A", "a/b", "..", "a.lock", "a\nb", "é", "x" * 41])
def test_what_looks_like_a_name_and_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        NAME.validate_python(name)


@pytest.mark.parametrize("name", ["fees", "2026-11-27-fees", "0"])
def test_ordinary_names_are_taken(name: str) -> None:
    assert branch_of(NAME.validate_python(name)) == f"hotfix/{name}"


@pytest.mark.parametrize("advance", [Advance.NONE, Advance.SOME])
def test_a_branch_that_holds_what_runs_is_taken(advance: Advance) -> None:
    branch(advance=advance).require_on_what_runs()


@pytest.mark.parametrize(
    ("advance", "way_out"),
    [(Advance.BEHIND, "another name"), (Advance.DIVERGED, f"Merge {BASE[:12]} into hotfix/fees")],
)
def test_a_branch_that_would_take_something_back_is_refused(advance: Advance, way_out: str) -> None:
    with pytest.raises(Refused, match=f"production runs {BASE[:12]}") as caught:
        branch(advance=advance).require_on_what_runs()
    assert way_out in caught.value.next_step


def test_a_fix_is_not_deployed_over_what_came_to_run_since() -> None:
    """The branch was found when the run began; people think for hours, and others deploy meanwhile."""
    found = branch()
    found.require_made_of(found.base)
    found.require_made_of(found.head)
    with pytest.raises(Refused, match="has come to run cccccccccccc since") as refused:
        found.require_made_of(OTHER)
    assert "Merge cccccccccccc into hotfix/" in refused.value.next_step


def test_a_fix_that_the_environment_went_back_from_is_brought_again_by_the_rollback_alone() -> None:
    """Its branch has taken it back by a commit, so that a merge would bring nothing."""
    went_back = [
        record(Event.SUCCEEDED, BASE),
        record(Event.SUCCEEDED, HEAD),
        record(Event.SUCCEEDED, BASE, scenario=Scenario.ROLLBACK),
    ]
    with pytest.raises(Refused, match="went back from it") as caught:
        branch().require_never_left(went_back)
    assert "credex rollback --env production --to 1" in caught.value.next_step
    branch(head=BASE, advance=Advance.NONE).require_never_left(went_back)
    branch(head=OTHER).require_never_left(went_back)
    branch().require_never_left([record(Event.FAILED, HEAD), record(Event.ROLLED_BACK, BASE)])


def test_only_its_own_success_makes_a_hotfix_done() -> None:
    """A failure, being put back, another hotfix of that commit, or another scenario do not."""
    done = branch(head=HEAD)
    assert done.is_done([record(Event.SUCCEEDED, BASE), record(Event.SUCCEEDED, HEAD)])
    assert done.is_done([record(Event.UNCHANGED, HEAD)])
    assert not done.is_done([])
    assert not done.is_done(
        [
            record(Event.SUCCEEDED, BASE),
            record(Event.STARTED, HEAD),
            record(Event.FAILED, HEAD),
            record(Event.ROLLED_BACK, HEAD),
            record(Event.SUCCEEDED, HEAD, name="fees-again"),
            record(Event.SUCCEEDED, HEAD, scenario=Scenario.APPLICATION_DEPLOYMENT),
        ]
    )


def test_how_to_go_on_names_the_branch_and_the_command() -> None:
    told = branch(head=BASE, advance=Advance.NONE, created=True).how_to_go_on()
    assert told.startswith(f"hotfix/fees is made, at {BASE[:12]}, which production runs")
    assert told.endswith("credex trigger hotfix --env production -p name=fees")
    assert "not the head" not in told


def test_it_is_said_where_what_runs_is_not_the_branchs_head() -> None:
    found = branch(usual_head=OTHER, created=False)
    assert found.unusual in found.how_to_go_on()
    assert f"not the head of prod ({OTHER[:12]})" in found.unusual
    reasons = [each.reason for each in Fix(branch=found, image_digest=DIGEST, checks=[]).worth_knowing()]
    assert f"{found.unusual}." in reasons


def test_a_fix_changes_commit_and_image_and_nothing_else() -> None:
    before = release(BASE)
    after = Fix(branch=branch(), image_digest=DIGEST, checks=["test"]).on(before)
    assert after.model_dump() == before.model_dump() | {"commit": HEAD, "image_digest": DIGEST}


def test_the_approver_reads_what_the_fix_is_and_a_long_list_is_cut() -> None:
    """Commits' first lines are data: shown with their oddities."""
    fix = Fix(
        branch=branch(subjects=["one", "two\t", *"345678"]), image_digest=DIGEST, checks=["build", "test"]
    )
    adds, green = fix.worth_knowing()
    assert adds.reason == f"It adds to {BASE[:12]}: '4', '5', '6', '7', '8' and 3 before."
    assert green.reason == "Its checks are green: 'build', 'test'."
    assert {adds.severity, green.severity} == {Severity.WORTH_A_LOOK}
