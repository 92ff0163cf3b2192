"""Reads the JSON of a saved plan into `models.plan.Plan`, and leaves its values behind.

The format is HashiCorp's "JSON Output Format" 1.x; a newer major version is refused, as is a plan that is not
the whole truth. What a change does is read from the presence of its actions, never from their exact list:
`["create", "forget"]` occurs too.
"""

from __future__ import annotations

import hashlib
import json

from pydantic import ValidationError

from models.errors import Refused
from models.plan import Action, Plan, ResourceChange, Weakening
from systems.terraform.harmless import shown_values
from systems.terraform.losses import data_on_own_disk, losses
from systems.terraform.paths import child, differences, true_paths, without_zero_values
from systems.terraform.plan_json import Change, Document, Resource
from systems.terraform.usage import usages

_FORMAT_MAJOR = "1"
_KNOWN_ACTIONS = {"no-op", "create", "read", "update", "delete", "forget"}


def read_plan(document: dict[str, object]) -> Plan:
    """The plan that `terraform show -json` printed, without its values.

    Raises Refused for a format of another major version, and for a plan that failed, is partial, or runs
    something besides its resource changes.
    """
    plan = _parsed(document)
    outputs = {
        name: change for name, change in sorted(plan.output_changes.items()) if _does_something(change)
    }
    return Plan(
        format_version=plan.format_version,
        changes=[_resource_change(resource, plan.resource_changes) for resource in plan.resource_changes],
        outputs=list(outputs),
        usage=usages(plan.resource_changes),
        drift=sorted({drift.address for drift in plan.resource_drift if _drifted(drift.change)}),
        changes_digest=_digest(
            [
                sorted(map(_text, map(_canonical, filter(_is_effective, plan.resource_changes)))),
                [[name, change.actions, change.known_after] for name, change in outputs.items()],
            ]
        ),
    )


def declared_variables(document: dict[str, object]) -> list[str]:
    """The variables that the planned root module declares. Raises Refused as `read_plan` does."""
    return list(_parsed(document).configuration.root_module.variables)


def _parsed(document: dict[str, object]) -> Document:
    try:
        plan = Document.model_validate(document)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise Refused(
            f"The plan's JSON is not as Terraform documents it, at {where}.",
            next_step="Use a Terraform that `credex doctor` calls supported.",
        ) from None  # the error itself would hold the plan, and so its secrets
    _refuse_unknown(plan)
    _refuse_partial(plan)
    return plan


def _refuse_unknown(plan: Document) -> None:
    words = {action for resource in plan.resource_changes for action in resource.change.actions}
    if plan.format_version.partition(".")[0] != _FORMAT_MAJOR or not words <= _KNOWN_ACTIONS:
        unknown = ", ".join(sorted(words - _KNOWN_ACTIONS)) or f"format version {plan.format_version}"
        raise Refused(
            f"The plan's JSON holds what this guard does not know ({unknown}), so it cannot be judged.",
            next_step="Use a Terraform that `credex doctor` calls supported.",
        )
    if plan.action_invocations or plan.deferred_action_invocations:
        raise Refused(
            "The plan would run Terraform actions, which change things that no plan shows.",
            next_step="Remove the action triggers from the configuration.",
        )


def _refuse_partial(plan: Document) -> None:
    if plan.errored or not plan.complete or plan.deferred_changes:
        raise Refused(
            "The plan is not complete: it failed, was limited to some resources, or puts changes off.",
            next_step="Plan the whole configuration again.",
        )


def _resource_change(resource: Resource, others: list[Resource]) -> ResourceChange:
    change = resource.change
    action = _action(resource)
    settled = action in {Action.CREATE, Action.DELETE, Action.FORGET, Action.READ}
    return ResourceChange(
        address=resource.address,
        type=resource.type,
        action=action,
        deposed=resource.deposed,
        previous_address=resource.previous_address,
        importing=change.importing is not None,
        attributes=[] if settled else _attributes(change),
        because=[_path(parts) for parts in change.replace_paths],
        cause=resource.action_reason,
        unknown=[] if settled else list(true_paths(change.after_unknown)),
        shown=[] if action is Action.READ else shown_values(resource.type, change),
        weakens=_weakens(resource, action, others),
    )


def _weakens(resource: Resource, action: Action, others: list[Resource]) -> list[Weakening]:
    if resource.deposed or action not in {Action.CREATE, Action.UPDATE, Action.REPLACE}:
        return []
    own_disk = data_on_own_disk(resource, others) if action is Action.REPLACE else []
    return losses(resource.type, resource.change) + own_disk


def _drifted(change: Change) -> bool:
    """Terraform also lists what a provider only spells otherwise after its first refresh."""
    return without_zero_values(change.before) != without_zero_values(change.after)


def _attributes(change: Change) -> list[str]:
    """The paths that differ; inside a sensitive value not even the names are told."""
    hidden = [*true_paths(change.before_sensitive), *true_paths(change.after_sensitive)]
    found = set()
    for path in differences(change.before, change.known_after):
        found.add(next((secret for secret in hidden if path.startswith(secret)), path))
    return sorted(found)


def _action(resource: Resource) -> Action:
    words = set(resource.change.actions)
    if "forget" in words:
        return Action.FORGET
    if "delete" in words:
        return Action.REPLACE if "create" in words else Action.DELETE
    for word in ("create", "update", "read"):
        if word in words:
            return Action(word)
    if resource.change.importing is not None:
        return Action.IMPORT
    return Action.MOVE if resource.previous_address else Action.NOTHING


def _canonical(resource: Resource) -> list[object]:
    """What the resource is to become. What it was is left out: that may have moved on meanwhile."""
    change = resource.change
    return [
        resource.address,
        resource.deposed,
        resource.type,
        resource.provider_name,
        resource.previous_address,
        sorted(change.actions),
        change.importing.id if change.importing else None,
        change.known_after,
    ]


def _digest(value: object) -> str:
    return hashlib.sha256(_text(value).encode("utf-8", "surrogatepass")).hexdigest()


def _text(value: object) -> str:
    """One spelling for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _is_effective(resource: Resource) -> bool:
    return _action(resource) not in {Action.READ, Action.NOTHING}


def _does_something(change: Change) -> bool:
    return set(change.actions) != {"no-op"}


def _path(parts: list[str | int]) -> str:
    path = ""
    for part in parts:
        path = f"{path}[{part}]" if isinstance(part, int) else child(path, part)
    return path
