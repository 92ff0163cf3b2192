"""Whether a bucket's policy lets in more than before, by its statements. Pure.

A policy gets stronger by denying more, or allowing less. One statement covers another that names some of its
actions and resources and is the same otherwise; what says the same in other words is told, not believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models.plan import Loss, Weakening
from systems.terraform.paths import UNKNOWN

_LISTED = ("Action", "Resource")


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, and the name that people know it by."""

    name: str
    effect: str
    actions: frozenset[str]
    resources: frozenset[str]
    otherwise: str

    def covers(self, other: Statement) -> bool:
        """Whether this one holds for all that the other one holds for."""
        return (
            self.effect == other.effect
            and self.otherwise == other.otherwise
            and self.actions >= other.actions
            and self.resources >= other.resources
        )


def opened_policy(resource_type: str, before: object, after: object) -> list[Weakening]:
    """What a bucket's policy no longer denies, or newly allows."""
    if resource_type != "aws_s3_bucket_policy" or not (isinstance(before, dict) and isinstance(after, dict)):
        return []
    if after.get("policy") == UNKNOWN:
        return [Weakening(loss=Loss.ACCESS, what="its policy is not known yet", certain=False)]
    old, new = _statements(before.get("policy")), _statements(after.get("policy"))
    found = [f"it no longer denies all of {name}" for name in _uncovered("Deny", old, new)]
    found += [f"it allows more by {name}" for name in _uncovered("Allow", new, old)]
    return [Weakening(loss=Loss.ACCESS, what=what) for what in found]


def _uncovered(effect: str, these: Iterable[Statement], by: list[Statement]) -> list[str]:
    ours = [each for each in these if each.effect == effect]
    return sorted({each.name for each in ours if not any(other.covers(each) for other in by)})


def _statements(policy: object) -> list[Statement]:
    document = json.loads(policy) if isinstance(policy, str) and policy else {}
    return [_statement(each) for each in _as_list(document.get("Statement", []))]


def _statement(value: dict[str, Any]) -> Statement:
    otherwise = {key: each for key, each in value.items() if key not in {"Sid", "Effect", *_LISTED}}
    actions, resources = (frozenset(map(str, _as_list(value.get(key, [])))) for key in _LISTED)
    return Statement(
        name=str(value.get("Sid") or "a statement without a Sid"),
        effect=str(value.get("Effect")),
        actions=actions,
        resources=resources,
        otherwise=json.dumps(otherwise, sort_keys=True),
    )


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
