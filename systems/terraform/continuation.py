"""Whether what is left of a half applied plan was all in the plan that was approved.

Works on the plans' JSON in memory, because values have to be compared and may be secret; it gives addresses
only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Json = Any
Change = Mapping[str, Any]

_NOTHING = (["no-op"], ["read"])
_TAINTED = "replace_because_tainted"
"""What a kill may make of a create: what it left half made was not there when the plan was approved."""

_DELETE_THEN_CREATE = ["delete", "create"]
_CREATE_THEN_DELETE = ["create", "delete"]


def unapproved_changes(approved: Mapping[str, Any], rest: Mapping[str, Any]) -> list[str]:
    """The addresses that the rest would change in a way that the approved plan did not say.

    A value that the approved plan could not know yet may have become any; all others must be the same.
    Both arguments are the objects of `terraform show -json`.
    """
    known = {_key(change): change["change"] for change in approved.get("resource_changes", [])}
    return [
        change["address"]
        for change in rest.get("resource_changes", [])
        if change["change"]["actions"] not in _NOTHING and not _is_covered(known, change)
    ]


def variables_of(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the root module's variables that a plan was made with.

    The argument is the object of `terraform show -json`.
    """
    return {name: variable.get("value") for name, variable in plan.get("variables", {}).items()}


def _key(change: Change) -> tuple[str, str | None]:
    return change["address"], change.get("deposed")


def _is_covered(known: Mapping[tuple[str, str | None], Change], change: Change) -> bool:
    approved, rest = known.get(_key(change)), change["change"]
    if approved is None:
        return bool(change.get("deposed")) and _was_to_go(known.get((change["address"], None)), rest)
    if not (
        _same_or_second_half(approved["actions"], rest["actions"])
        or (approved["actions"] == ["create"] and change.get("action_reason") == _TAINTED)
    ):
        return False
    return _agrees(
        approved.get("after"), approved.get("after_unknown"), rest.get("after"), rest.get("after_unknown")
    )


def _same_or_second_half(approved: list[str], rest: list[str]) -> bool:
    """A kill between the halves of a replacement that deletes first leaves its create."""
    return rest == approved or (approved == _DELETE_THEN_CREATE and rest == ["create"])


def _was_to_go(replacement: Change | None, rest: Change) -> bool:
    """Whether a deposed object is the old one of a replacement that creates first, and only goes."""
    return (
        replacement is not None
        and replacement["actions"] == _CREATE_THEN_DELETE
        and rest["actions"] == ["delete"]
        and _is_same(rest.get("before"), replacement.get("before"))
    )


def _agrees(approved: Json, approved_unknown: Json, rest: Json, rest_unknown: Json) -> bool:
    """Whether a value is the approved one, as far as the approved plan could know it."""
    if approved_unknown is True:
        return True
    if rest_unknown is True:
        return False
    if isinstance(approved, dict) or isinstance(approved_unknown, dict):
        return _same_kind(rest, dict) and all(
            _agrees(*(_at(part, key) for part in (approved, approved_unknown, rest, rest_unknown)))
            for key in {*(approved or {}), *(approved_unknown or {}), *(rest or {}), *(rest_unknown or {})}
        )
    if isinstance(approved, list) and isinstance(rest, list):
        return len(approved) == len(rest) and _pairs(approved, approved_unknown, rest, rest_unknown)
    return _is_same(approved, rest)


def _is_same(approved: Json, rest: Json) -> bool:
    """Whether two values are the same JSON: to Python, false is 0 and true is 1."""
    return json.dumps(approved, sort_keys=True) == json.dumps(rest, sort_keys=True)


def _pairs(approved: list[Json], approved_unknown: Json, rest: list[Json], rest_unknown: Json) -> bool:
    """Whether each element agrees with one of the rest, in its place wherever the approved plan knew all.

    Terraform sorts a set by its elements' values, so that its order is another once those are known.
    """

    def agree(one: int, other: int) -> bool:
        return _agrees(approved[one], _at(approved_unknown, one), rest[other], _at(rest_unknown, other))

    if all(agree(index, index) for index in range(len(rest))):
        return True
    if not _has_unknown(approved_unknown):
        return False
    left = list(range(len(rest)))
    for one in sorted(left, key=lambda index: _has_unknown(_at(approved_unknown, index))):
        found = next((other for other in left if agree(one, other)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def _has_unknown(marks: Json) -> bool:
    """Whether a plan's marks say of anything that it is not known yet."""
    parts = marks.values() if isinstance(marks, dict) else marks if isinstance(marks, list) else ()
    return marks is True or any(_has_unknown(part) for part in parts)


def _same_kind(value: Json, kind: type) -> bool:
    return value is None or isinstance(value, kind)


def _at(value: Json, key: str | int) -> Json:
    if isinstance(value, dict):
        return value.get(str(key))
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return value[key]
    return None
