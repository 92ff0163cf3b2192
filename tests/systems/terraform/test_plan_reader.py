"""What a plan's JSON says is read whole, and its values stay behind."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from models.errors import Refused
from models.plan import Action
from systems.terraform.plan_reader import read_plan
from tests.systems.terraform.conftest import Stack

PLANS = Path(__file__).parent.parent.parent / "plans"


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8"))
    return document


def _only(document: dict[str, Any], address: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in document["resource_changes"] if c["address"] == address)
    return found


def test_a_replaced_instance_says_what_forces_it() -> None:
    """The attribute that cannot be changed in place is named, and Terraform's word for why."""
    changes = {
        change.address: change for change in read_plan(_document("instance-replaced-by-ami")).effective
    }
    instance = changes["aws_instance.neo4j[0]"]
    assert instance.action is Action.REPLACE
    assert instance.because == ["ami"]
    assert instance.cause == "replace_because_cannot_update"
    assert "ami" in instance.attributes


def test_forgetting_moving_and_adopting_are_told_apart() -> None:
    """Though Terraform calls some of them no-ops."""
    forgotten = {c.address: c.action for c in read_plan(_document("volume-forgotten")).effective}
    assert forgotten["aws_ebs_volume.data"] is Action.FORGET
    moved = read_plan(_document("volume-moved")).effective[0]
    assert (moved.action, moved.previous_address) == (Action.MOVE, "aws_ebs_volume.data")
    adopted = read_plan(_document("bucket-imported")).effective[0]
    assert (adopted.action, adopted.importing) == (Action.IMPORT, True)


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["create", "forget"], Action.FORGET),
        (["forget"], Action.FORGET),
        (["delete", "create"], Action.REPLACE),
        (["create", "delete"], Action.REPLACE),
        (["delete"], Action.DELETE),
    ],
)
def test_what_ends_a_resource_is_seen_in_any_combination(actions: list[str], action: Action) -> None:
    """The list of actions is searched, never compared."""
    document = _document("volume-deleted")
    _only(document, "aws_ebs_volume.data")["change"]["actions"] = actions
    changes = {change.address: change for change in read_plan(document).effective}
    assert changes["aws_ebs_volume.data"].action is action
    assert changes["aws_ebs_volume.data"].destroys


def test_a_change_inside_a_json_text_is_named_to_the_member() -> None:
    """Container definitions are one string to Terraform; people see which part changes, and how."""
    changes = {change.address: change for change in read_plan(_document("application")).effective}
    task = changes["aws_ecs_task_definition.this"]
    inside = [path for path in task.attributes if path.startswith("container_definitions")]
    assert inside == ["container_definitions[0].image"]
    (image,) = task.shown
    assert (image.before, image.after) == ("sha256:111111111111", "sha256:222222222222")


def test_values_that_are_not_known_to_be_harmless_stay_behind() -> None:
    """A variable of the container is in the plan's JSON, and in nothing that was read from it."""
    document = _document("application")
    assert "not-for-people" in json.dumps(document)
    assert "not-for-people" not in read_plan(document).model_dump_json()


def test_a_harmless_value_that_is_marked_sensitive_is_not_shown() -> None:
    """Somebody may have marked it for a reason."""
    document = _document("count-of-tasks")
    assert read_plan(document).effective[0].shown
    _only(document, "aws_ecs_service.this")["change"]["after_sensitive"]["desired_count"] = True
    assert read_plan(document).effective[0].shown == []


def test_inside_a_sensitive_value_not_even_names_are_told() -> None:
    """The keys of a secret document may be telling."""
    document = _document("count-of-tasks")
    change = _only(document, "aws_ecs_service.this")["change"]
    change["before"]["tags"], change["after"]["tags"] = {"hush": "a"}, {"hush": "b"}
    change["after_sensitive"]["tags"] = True
    assert "tags" in read_plan(document).effective[0].attributes
    assert "hush" not in read_plan(document).model_dump_json()


def test_equal_changes_have_equal_digests_and_others_do_not() -> None:
    """The digest is over what things are to become: another value changes it, another order does not."""
    document = _document("application")
    digest = read_plan(document).changes_digest
    shuffled = copy.deepcopy(document)
    shuffled["resource_changes"].reverse()
    assert read_plan(shuffled).changes_digest == digest
    other = copy.deepcopy(document)
    _only(other, "aws_ecs_service.this")["change"]["after"]["desired_count"] = 9
    assert read_plan(other).changes_digest != digest
    other = copy.deepcopy(document)
    _only(other, "aws_ecs_service.this")["change"]["after_unknown"]["desired_count"] = True
    assert read_plan(other).changes_digest != digest
    assert read_plan(_document("nothing")).changes_digest != digest


def test_two_plans_of_the_same_change_have_the_same_digest(stack: Stack, tmp_path: Path) -> None:
    """From real Terraform: asking twice gives the same changes, whatever else is in the files."""
    stack.write('resource "terraform_data" "this" {\n  input = "one"\n}\n')
    terraform = stack.ready()
    first, second = tmp_path / "first", tmp_path / "second"
    terraform.plan([], first, 0)
    terraform.plan([], second, 0)
    digests = [read_plan(terraform.show(file)).changes_digest for file in (first, second)]
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("address", "attribute"),
    [
        ("aws_cloudwatch_log_group.service", "retention_in_days"),
        ("aws_s3_bucket_server_side_encryption_configuration.backups", "bucket"),
    ],
    ids=["null became an empty list", "null became false"],
)
def test_drift_is_what_differs_in_more_than_spelling(address: str, attribute: str) -> None:
    """After an apply Terraform lists resources whose null became their type's zero; those do not count."""
    plan = _document("nothing")
    assert address in {drift["address"] for drift in plan["resource_drift"]}
    assert address not in read_plan(plan).drift
    changed = next(drift for drift in plan["resource_drift"] if drift["address"] == address)
    changed["change"]["after"][attribute] = 1
    assert address in read_plan(plan).drift


@pytest.mark.parametrize("zero", [0, False, "", [], {}])
def test_a_value_that_became_zero_is_drift(zero: object) -> None:
    plan, address = _document("nothing"), "aws_cloudwatch_log_group.service"
    changed = next(drift for drift in plan["resource_drift"] if drift["address"] == address)
    changed["change"]["after"]["retention_in_days"] = zero
    assert address in read_plan(plan).drift


@pytest.mark.parametrize(
    ("part", "value", "problem"),
    [
        ("format_version", "2.0", "format version 2.0"),
        ("errored", True, "not complete"),
        ("complete", False, "not complete"),
        ("deferred_changes", [{}], "not complete"),
        ("action_invocations", [{}], "Terraform actions"),
        ("resource_changes", [{"type": "s3cret"}], "resource_changes.0.address"),
    ],
)
def test_a_plan_that_is_not_the_whole_truth_is_refused(part: str, value: object, problem: str) -> None:
    """And the refusal never quotes the plan."""
    with pytest.raises(Refused, match=problem) as refusal:
        read_plan(_document("nothing") | {part: value})
    assert "s3cret" not in repr(refusal.value)


def test_an_action_that_is_not_known_is_refused() -> None:
    """A newer Terraform may invent one."""
    document = _document("volume-deleted")
    _only(document, "aws_ebs_volume.data")["change"]["actions"] = ["evaporate"]
    with pytest.raises(Refused, match="evaporate"):
        read_plan(document)


def test_a_plan_limited_to_some_resources_is_refused() -> None:
    """`-target` leaves out what depends on it; Terraform itself calls such a plan incomplete."""
    with pytest.raises(Refused, match="limited to some resources"):
        read_plan(_document("targeted"))
