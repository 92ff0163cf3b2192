"""What is left of a half applied plan goes on without a second approval only if all of it was approved."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.errors import TerraformFailed
from systems.terraform.continuation import unapproved_changes, variables_of
from tests.systems.terraform.conftest import Stack

PLANS = Path(__file__).parent.parent.parent / "plans"
NAMES = sorted(path.stem for path in PLANS.glob("*.json"))

Json = Any


def _plan(name: str) -> dict[str, Json]:
    document: dict[str, Json] = json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8"))
    return document


def _change(plan: dict[str, Json], address: str) -> dict[str, Json]:
    found: dict[str, Json] = next(c["change"] for c in plan["resource_changes"] if c["address"] == address)
    return found


def _known_leaves(
    value: Json, unknown: Json, path: tuple[str | int, ...] = ()
) -> list[tuple[str | int, ...]]:
    """The paths of all values that the plan knows."""
    if unknown is True:
        return []
    if isinstance(value, dict):
        marks = unknown if isinstance(unknown, dict) else {}
        return [leaf for key in value for leaf in _known_leaves(value[key], marks.get(key), (*path, key))]
    if isinstance(value, list):
        marks = dict(enumerate(unknown)) if isinstance(unknown, list) else {}
        return [
            leaf
            for index, item in enumerate(value)
            for leaf in _known_leaves(item, marks.get(index), (*path, index))
        ]
    return [path]


def _put(value: Json, path: tuple[str | int, ...], new: Json) -> Json:
    """The value with the one at the path replaced."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    changed[path[0]] = _put(value[path[0]], path[1:], new)
    return changed


def _resource(address: str, actions: list[str], after: Json, unknown: Json, **more: Json) -> dict[str, Json]:
    return {
        "address": address,
        "change": {"actions": actions, "before": None, "after": after, "after_unknown": unknown},
        **more,
    }


def _only(*resources: dict[str, Json]) -> dict[str, Json]:
    return {"resource_changes": list(resources)}


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))
keys = st.text("abc", min_size=1, max_size=2)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(keys, values, min_size=1, max_size=4)


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_of_which_nothing_was_applied_is_all_approved(name: str) -> None:
    """Killed before Terraform's first change, the rest is the plan itself."""
    assert unapproved_changes(_plan(name), _plan(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_that_was_applied_to_the_end_leaves_nothing_to_approve(name: str) -> None:
    """The kill came after Terraform's last change: every resource is a no-op then."""
    rest = _plan(name)
    for resource in rest["resource_changes"]:
        resource["change"]["actions"] = ["no-op"]
    assert unapproved_changes(_plan(name), rest) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "create-all"])
def test_what_was_not_in_the_approved_plan_is_found(name: str) -> None:
    """Whatever another plan would do on top of an approved one that does nothing."""
    rest = _plan(name)
    wanted = [
        resource["address"]
        for resource in rest["resource_changes"]
        if resource["change"]["actions"] not in (["no-op"], ["read"])
    ]
    assert unapproved_changes(_plan("nothing"), rest) == wanted


def test_another_change_of_an_approved_resource_is_found() -> None:
    """The service was to get another image; now its number of tasks would change too."""
    found = unapproved_changes(_plan("application"), _plan("application-and-count"))
    assert found == ["aws_ecs_service.this"]


def test_other_actions_than_the_approved_ones_are_found() -> None:
    """An instance that was to be resized in place would now be replaced, and the other way round."""
    resized, replaced = _plan("instance-resized"), _plan("instance-replaced-by-ami")
    assert "aws_instance.neo4j[0]" in unapproved_changes(resized, replaced)
    assert "aws_instance.neo4j[0]" in unapproved_changes(replaced, resized)


def test_a_replacement_whose_old_half_is_gone_may_create_the_new_half() -> None:
    """Killed between delete and create: the rest is a create with the values that were approved."""
    approved, rest = _plan("application"), _plan("application")
    change = _change(rest, "aws_ecs_task_definition.this")
    change["actions"], change["before"] = ["create"], None
    assert unapproved_changes(approved, rest) == []
    change["after"]["family"] = "another"
    assert unapproved_changes(approved, rest) == ["aws_ecs_task_definition.this"]


def test_a_replacement_that_creates_first_may_delete_what_it_set_aside_and_nothing_else() -> None:
    """The old object waits under a deposed key then; it has to be the one that was to go."""
    old, new = {"id": "old"}, {"id": None}
    approved = _only(_resource("a.b", ["create", "delete"], new, {"id": True}))
    approved["resource_changes"][0]["change"]["before"] = old
    rest = _only(_resource("a.b", ["delete"], None, {}, deposed="0123abcd"))
    rest["resource_changes"][0]["change"]["before"] = old
    assert unapproved_changes(approved, rest) == []
    rest["resource_changes"][0]["change"]["before"] = {"id": "another"}
    assert unapproved_changes(approved, rest) == ["a.b"]


def test_a_set_may_be_sorted_anew_once_its_unknown_parts_are_known() -> None:
    """As the load balancer's target groups are: their order in the plan follows their values."""
    blue, green = {"arn": None, "weight": 0}, {"arn": None, "weight": 100}
    unknown = {"groups": [{"arn": True}, {"arn": True}]}
    approved = _only(_resource("a.b", ["create"], {"groups": [blue, green]}, unknown))
    known = [{"arn": "1", "weight": 100}, {"arn": "2", "weight": 0}]
    assert unapproved_changes(approved, _only(_resource("a.b", ["create"], {"groups": known}, {}))) == []
    for other in ([known[0]], [known[0], known[0]], [known[0], {"arn": "2", "weight": 1}]):
        rest = _only(_resource("a.b", ["create"], {"groups": other}, {}))
        assert unapproved_changes(approved, rest) == ["a.b"]


def test_a_list_that_was_known_keeps_its_order() -> None:
    """The words of a command, for instance."""
    approved = _only(
        _resource("a.b", ["create"], {"command": ["stop", "start"]}, {"command": [False, False]})
    )
    rest = _only(_resource("a.b", ["create"], {"command": ["start", "stop"]}, {}))
    assert unapproved_changes(approved, rest) == ["a.b"]


def test_the_rest_is_planned_by_the_variables_of_the_approved_plan() -> None:
    """A value that is null is said too, lest a default takes its place."""
    plan = {"variables": {"desired_count": {"value": 0}, "certificate_arn": {"value": None}}}
    assert variables_of(plan) == {"desired_count": 0, "certificate_arn": None}


@pytest.mark.parametrize("actions", [["delete", "create"], ["create", "delete"]])
def test_what_a_kill_left_half_made_may_be_made_anew(actions: list[str]) -> None:
    """Terraform calls it tainted. It was to be created, so nothing that was there before goes with it."""
    approved = _only(_resource("a.b", ["create"], {"x": 1}, {"id": True}))
    tainted = {"action_reason": "replace_because_tainted"}
    assert unapproved_changes(approved, _only(_resource("a.b", actions, {"x": 1}, {}, **tainted))) == []
    other = _only(_resource("a.b", actions, {"x": 2}, {}, **tainted))
    assert unapproved_changes(approved, other) == ["a.b"]
    for cause in ("replace_because_cannot_update", "replace_by_request", None):
        rest = _only(_resource("a.b", actions, {"x": 1}, {}, action_reason=cause))
        assert unapproved_changes(approved, rest) == ["a.b"]


@pytest.mark.parametrize("approved", [["update"], ["no-op"], ["delete"]])
def test_replacing_what_was_there_before_is_found_though_it_is_tainted(approved: list[str]) -> None:
    """It may hold data."""
    before = _only(_resource("a.b", approved, {"x": 1}, {}))
    rest = _only(
        _resource("a.b", ["delete", "create"], {"x": 1}, {}, action_reason="replace_because_tainted")
    )
    assert unapproved_changes(before, rest) == ["a.b"]


def test_deleting_what_was_only_to_be_created_is_found() -> None:
    """Nothing but a replacement may leave a delete."""
    approved = _only(_resource("a.b", ["create"], {"x": 1}, {}))
    assert unapproved_changes(approved, _only(_resource("a.b", ["delete"], None, {}))) == ["a.b"]
    deposed = _only(_resource("a.b", ["delete"], None, {}, deposed="0123abcd"))
    assert unapproved_changes(approved, deposed) == ["a.b"]


@given(st.data())
def test_any_changed_value_that_was_known_is_found(data: st.DataObject) -> None:
    """Of any resource of a real plan, at any depth."""
    approved = data.draw(st.sampled_from([_plan("create-all"), _plan("application"), _plan("labels")]))
    effective = [
        resource
        for resource in approved["resource_changes"]
        if resource["change"]["actions"] not in (["no-op"], ["read"])
    ]
    resource = data.draw(st.sampled_from(effective))
    change = resource["change"]
    path = data.draw(st.sampled_from(_known_leaves(change["after"], change["after_unknown"])))
    rest = copy.deepcopy(approved)
    _change(rest, resource["address"])["after"] = _put(change["after"], path, "changed by somebody else")
    assert unapproved_changes(approved, rest) == [resource["address"]]


@given(objects, st.data())
def test_an_added_or_removed_attribute_is_found(after: dict[str, Json], data: st.DataObject) -> None:
    """A value that is missing on one side is another value."""
    approved = _only(_resource("a.b", ["update"], after, {}))
    rest = copy.deepcopy(after)
    if data.draw(st.booleans()):
        rest["new"] = "value"
    else:
        rest[data.draw(st.sampled_from(sorted(rest)))] = "changed by somebody else"
    assert unapproved_changes(approved, _only(_resource("a.b", ["update"], rest, {}))) == ["a.b"]


@given(objects, values, st.booleans())
def test_what_was_unknown_may_become_any(after: dict[str, Json], became: Json, still_unknown: bool) -> None:
    """An id, for instance, is known once its resource is there, and others that use it change with it."""
    approved = _only(_resource("a.b", ["create"], after, {"id": True}))
    rest = {**after, **({} if still_unknown else {"id": became})}
    unknown = {"id": True} if still_unknown else {}
    assert unapproved_changes(approved, _only(_resource("a.b", ["create"], rest, unknown))) == []


@given(objects)
def test_what_was_known_may_not_become_unknown(after: dict[str, Json]) -> None:
    """Nobody agreed to a value that could be any."""
    key = min(after)
    rest = {name: value for name, value in after.items() if name != key}
    approved = _only(_resource("a.b", ["update"], after, {}))
    assert unapproved_changes(approved, _only(_resource("a.b", ["update"], rest, {key: True}))) == ["a.b"]


@example([False], [0])
@given(values, values)
def test_only_equal_values_agree(one: Json, other: Json) -> None:
    """Two plans without unknown values agree exactly when Terraform's JSON of both is the same."""
    approved = _only(_resource("a.b", ["update"], {"x": one}, {}))
    rest = _only(_resource("a.b", ["update"], {"x": other}, {}))
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    if not same and _said(one) == _said(other):
        return
    assert (unapproved_changes(approved, rest) == []) is same


def _said(value: Json) -> str:
    """What the value says, as JSON: null, and what holds nothing but null, says the same, wherever it is."""
    return json.dumps(_without_nothing(value), sort_keys=True)


def _without_nothing(value: Json) -> Json:
    if isinstance(value, list):
        return [_without_nothing(part) for part in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _without_nothing(part) for key, part in value.items()}
    return {key: part for key, part in kept.items() if part is not None} or None


HALF = """
variable "may_go_on" { type = string }
variable "wish" {
  type    = string
  default = "approved"
}
resource "terraform_data" "first" { input = "one" }
resource "terraform_data" "second" {
  input = [terraform_data.first.id, var.wish]
  lifecycle {
    precondition {
      condition     = terraform_data.first.id == "" || fileexists(var.may_go_on)
      error_message = "Stopped in the middle."
    }
  }
}
"""


@pytest.mark.sandbox
def test_the_rest_of_a_really_half_applied_plan_is_covered_until_somebody_changes_the_wish(
    stack: Stack, tmp_path: Path
) -> None:
    """Real Terraform: the first resource is there, the second depends on its id and was not begun."""
    gate, values_file = tmp_path / "gate", tmp_path / "values.tfvars.json"
    values_file.write_text(json.dumps({"may_go_on": str(gate)}))
    stack.write(HALF)
    terraform = stack.ready()
    terraform.plan([values_file], stack.plan_file, 0)
    approved = terraform.show(stack.plan_file)
    with pytest.raises(TerraformFailed, match="Stopped in the middle"):
        terraform.apply(stack.plan_file, 0, lambda _: None)
    gate.touch()
    terraform.plan([values_file], tmp_path / "rest", 0)
    assert unapproved_changes(approved, terraform.show(tmp_path / "rest")) == []
    values_file.write_text(json.dumps({"may_go_on": str(gate), "wish": "another"}))
    terraform.plan([values_file], tmp_path / "other", 0)
    assert unapproved_changes(approved, terraform.show(tmp_path / "other")) == ["terraform_data.second"]


REPLACED = """
variable "may_go_on" { type = string }
resource "terraform_data" "this" {
  triggers_replace = "VERSION"
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "user" {
  input = terraform_data.this.id
  lifecycle {
    precondition {
      condition     = terraform_data.this.id == "" || fileexists(var.may_go_on)
      error_message = "Stopped in the middle."
    }
  }
}
"""


@pytest.mark.sandbox
def test_a_real_replacement_that_created_first_is_covered_when_only_the_old_object_is_left(
    stack: Stack, tmp_path: Path
) -> None:
    """Real Terraform keeps the old object, under a deposed key, until all that uses it is changed."""
    gate, values_file = tmp_path / "gate", tmp_path / "values.tfvars.json"
    values_file.write_text(json.dumps({"may_go_on": str(gate)}))
    gate.touch()
    stack.write(REPLACED.replace("VERSION", "one"))
    terraform = stack.ready()
    terraform.plan([values_file], stack.plan_file, 0)
    terraform.apply(stack.plan_file, 0, lambda _: None)
    stack.write(REPLACED.replace("VERSION", "two"))
    terraform.plan([values_file], stack.plan_file, 0)
    approved = terraform.show(stack.plan_file)
    gate.unlink()
    with pytest.raises(TerraformFailed, match="Stopped in the middle"):
        terraform.apply(stack.plan_file, 0, lambda _: None)
    gate.touch()
    terraform.plan([values_file], tmp_path / "rest", 0)
    rest = terraform.show(tmp_path / "rest")
    changes: Json = rest["resource_changes"]
    assert [change["change"]["actions"] for change in changes if change.get("deposed")] == [["delete"]]
    assert unapproved_changes(approved, rest) == []
