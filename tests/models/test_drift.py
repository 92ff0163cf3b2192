"""What is said of changes from outside: each with what differs, and never a value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.drift import Author, Drift, OutsideChange, drift_in
from models.plan import Action, Plan, ResourceChange
from systems.terraform.names import resource_names
from systems.terraform.plan_reader import read_plan

PLANS = Path(__file__).parent.parent / "plans"


def _document(name: str) -> dict[str, object]:
    content: dict[str, object] = json.loads((PLANS / f"{name}.json").read_text())
    return content


def _said(name: str) -> str:
    return drift_in(read_plan(_document(name))).sentence


def test_an_environment_as_its_release_says_has_none() -> None:
    """Nothing to tell, on the page neither."""
    drift = drift_in(read_plan(_document("nothing")))
    assert drift.changes == []
    assert drift.page("staging").startswith("# staging is what its release says")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("count-of-tasks", "differs in desired_count"),
        ("log-retention", "differs in retention_in_days"),
        ("access-from-everywhere", "differs in ingress"),
    ],
)
def test_each_change_is_named_with_its_attribute(plan: str, said: str) -> None:
    """Plans of real Terraform, read as what would have to be undone."""
    assert f"{said} (by whom is not known)" in _said(plan)


def test_what_only_follows_another_change_is_none_of_its_own() -> None:
    """A policy that names a log group is to be written anew when that is; nobody touched the policy."""
    changes = [
        ResourceChange(address="a.group", type="a", action=Action.CREATE),
        ResourceChange(
            address="a.policy", type="a", action=Action.UPDATE, attributes=["policy"], unknown=["policy"]
        ),
    ]
    plan = Plan(format_version="1.2", changes=changes, drift=["a.other"], changes_digest="0" * 64)
    drift = drift_in(plan)
    assert [change.address for change in drift.changes] == ["a.group"]
    assert drift.left_alone == ["a.other"]
    assert "- `a.other`" in drift.page("staging")


def test_of_many_changes_the_sentence_names_a_few_and_the_page_all() -> None:
    """A chat message stays short."""
    by = Author(who="mallory|x", when=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), call="DeleteAlarms")
    changes = [OutsideChange(address=f"a.b{number}", how="is missing", author=by) for number in range(9)]
    drift = Drift(changes=changes)
    assert drift.sentence.startswith("a.b0 is missing (mallory|x at 2026-01-02 03:04 UTC by DeleteAlarms)")
    assert drift.sentence.endswith("; and 4 more")
    assert drift.page("staging").count("DeleteAlarms") == 9
    assert "mallory\\|x" in drift.page("staging")


def test_a_resource_is_asked_for_by_all_its_names() -> None:
    """CloudTrail knows some resources by id, some by ARN, some by name."""
    names = resource_names(_document("count-of-tasks"))
    assert any(name.startswith("arn:") for found in names.values() for name in found)
