"""The names under which AWS knows a plan's resources, to ask CloudTrail for. Never shown."""

from __future__ import annotations

from systems.terraform.plan_json import Document, Drift, Resource

_ATTRIBUTES = ("id", "arn", "name")


def resource_names(document: dict[str, object]) -> dict[str, list[str]]:
    """By address: what the resource was called before the plan, as the plan or its refresh tells."""
    plan = Document.model_validate(document)
    found: dict[str, list[str]] = {}
    parts: list[Resource | Drift] = [*plan.resource_changes, *plan.resource_drift]
    for resource in parts:
        known = resource.change.before
        if isinstance(known, dict):
            names = [known.get(attribute) for attribute in _ATTRIBUTES]
            found.setdefault(resource.address, []).extend(
                name for name in names if isinstance(name, str) and name
            )
    return {address: list(dict.fromkeys(names)) for address, names in found.items()}
