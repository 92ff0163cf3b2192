"""What an approver reads: who asks, until when, what was wrong before, what is not as it was approved."""

from __future__ import annotations

from datetime import UTC, datetime

from models.approval import Approval
from models.change import Change
from models.freeze import Freeze, FreezeOverride
from models.names import Scenario
from models.plan import Action, Plan, ResourceChange, SavedPlan, ShownValue, StateIdentity
from models.plan_difference import UNSEEN, differences
from models.question import question_page
from models.release import Release
from sandbox.environments import SOURCE
from systems.environments import load_environment

BEFORE = datetime(2026, 11, 25, 12, tzinfo=UTC)
OLD, MIDDLE, NEW = ("a" * 40, "b" * 40, "c" * 40)
IMAGE = ResourceChange(
    address="module.service.aws_ecs_task_definition.this",
    type="aws_ecs_task_definition",
    action=Action.REPLACE,
    attributes=["container_definitions", "arn"],
    shown=[ShownValue(attribute="arn", before="one", after="two")],
)


def release(commit: str, count: int = 2) -> Release:
    first = load_environment("production", SOURCE).first_release
    return Release(
        environment="production",
        commit=commit,
        image_digest=f"sha256:{commit[0] * 64}",
        desired_count=count,
        databases=first.databases,
    )


def change(current: str, *changes: ResourceChange, digest: str = "1", **more: object) -> Change:
    plan = Plan(format_version="1.2", changes=list(changes), changes_digest=digest * 64)
    state = StateIdentity(lineage="l", serial=1)
    return Change.model_validate(
        {
            "scenario": Scenario.APPLICATION_DEPLOYMENT,
            "environment": load_environment("production", SOURCE),
            "requester": "Rutendo *Moyo*",
            "flow_run_id": "run",
            "flow_run_name": "deploy-production",
            "current": release(current),
            "release": release(NEW),
            "saved": SavedPlan(key="k", sha256="0" * 64, state=state, plan=plan),
            **more,
        }
    )


def approved(given: Change) -> Change:
    approval = Approval(
        plan_sha256="0" * 64,
        changes_digest="1" * 64,
        state=given.saved.state,
        release_digest=given.release.digest(),
        commit=NEW,
        image_digest=given.release.image_digest,
        approver="Tendai Ncube",
        given_at=datetime(2026, 11, 24, 13, 5, tzinfo=UTC),
        expires_at=BEFORE,
    )
    return given.model_copy(update={"approval": approval})


def test_it_says_who_asks_and_until_when_before_the_plan() -> None:
    """Names are text, whatever they hold."""
    page = question_page(change(OLD), "THE PLAN", answer_before=BEFORE)
    assert page.startswith(r"**Rutendo \*Moyo\*** asks for application-deployment in **production**. ")
    assert "Answer before 2026-11-25 12:00 UTC" in page
    assert page.endswith("THE PLAN")


def test_it_begins_with_what_was_wrong_with_the_last_answer() -> None:
    page = question_page(change(OLD), "THE PLAN", answer_before=BEFORE, problem="Eve is no approver.")
    assert page.startswith("**Eve is no approver.** Nothing was changed; please answer again.")


def test_it_says_what_a_freeze_is_overridden_for() -> None:
    """The approver agrees to that too."""
    override = FreezeOverride(freeze=Freeze(reason="holidays", ends_at=BEFORE), reason="nobody can log in")
    page = question_page(change(OLD, freeze_override=override), "THE PLAN", answer_before=BEFORE)
    assert "**In spite of a freeze** until 2026-11-25 12:00 UTC (holidays): nobody can log in" in page


def test_it_says_what_is_not_as_it_was_approved() -> None:
    """What ran when the plan was approved is not what runs now."""
    page = question_page(
        change(MIDDLE, IMAGE), "THE PLAN", answer_before=BEFORE, earlier=approved(change(OLD, IMAGE))
    )
    assert "## What differs from the plan that Tendai Ncube approved at 13:05 UTC" in page
    assert f"| `commit (now)` | `{OLD[:19]}` | `{MIDDLE[:19]}` |" in page


def test_it_says_so_where_the_same_is_planned_again() -> None:
    page = question_page(
        change(OLD, IMAGE), "THE PLAN", answer_before=BEFORE, earlier=approved(change(OLD, IMAGE))
    )
    assert "The same changes are planned again." in page


def test_a_plan_that_nobody_had_to_agree_to_is_compared_with_nothing() -> None:
    page = question_page(change(MIDDLE), "THE PLAN", answer_before=BEFORE, earlier=change(OLD))
    assert "differs" not in page


def told(before: Change, after: Change) -> list[tuple[str, str, str]]:
    return [(item.what, item.approved, item.now) for item in differences(before, after)]


def test_resources_that_come_go_or_end_otherwise_are_named() -> None:
    """A destruction that was not approved stands out."""
    volume = ResourceChange(address="aws_ebs_volume.data", type="aws_ebs_volume", action=Action.DELETE)
    assert told(change(OLD, IMAGE), change(OLD, IMAGE, volume)) == [
        ("aws_ebs_volume.data", "untouched", "delete")
    ]
    assert told(change(OLD, IMAGE), change(OLD)) == [(IMAGE.address, "replace", "untouched")]
    updated = IMAGE.model_copy(update={"action": Action.UPDATE})
    assert told(change(OLD, updated), change(OLD, IMAGE)) == [(IMAGE.address, "update", "replace")]


def test_attributes_are_told_with_the_values_that_may_be_shown() -> None:
    other = IMAGE.model_copy(
        update={
            "attributes": ["arn", "memory"],
            "shown": [ShownValue(attribute="arn", before="one", after="three")],
        }
    )
    assert told(change(OLD, IMAGE), change(OLD, other)) == [
        (f"{IMAGE.address} container_definitions", "changed", "unchanged"),
        (f"{IMAGE.address} arn", "one to two", "one to three"),
        (f"{IMAGE.address} memory", "unchanged", "changed"),
    ]


def test_a_difference_in_values_that_are_not_shown_is_told_all_the_same() -> None:
    """The digests of the changes know it."""
    assert told(change(OLD, IMAGE), change(OLD, IMAGE, digest="2")) == [(UNSEEN, "as approved", "others")]


def test_the_releases_may_differ_in_what_is_to_come() -> None:
    """For instance because somebody scaled meanwhile."""
    scaled = change(OLD, IMAGE, release=release(NEW, count=4))
    assert told(change(OLD, IMAGE), scaled) == [("desired count (next)", "2", "4")]
