"""How many machines, how much of volumes and which tasks a plan's JSON tells of, before and after. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from models.cost import Usage, UsageKind
from systems.terraform.paths import masked, true_paths
from systems.terraform.plan_json import Change, Resource

Amounts = Counter[tuple[UsageKind, str]]
Value = dict[str, Any]

_WORD = re.compile(r"^[a-z0-9][a-z0-9.-]{0,40}$")
_FREE_IOPS = {"gp3": 3000}
_FREE_THROUGHPUT = {"gp3": 125}
_PRICED_IOPS = frozenset({"gp3", "io1", "io2"})


def usages(resources: Iterable[Resource]) -> list[Usage]:
    """What is used before and after the plan, sorted by kind and variant."""
    states = [(resource.type, *_states(resource.change)) for resource in resources]
    before: Amounts = Counter()
    after: Amounts = Counter()
    for kind, old, new in states:
        before.update(_amounts(kind, old, {}))
        after.update(_amounts(kind, new, old))
    tasks_before, tasks_after = _tasks(states)
    before.update(tasks_before)
    after.update(tasks_after)
    order = list(UsageKind)
    keys = sorted({*before, *after}, key=lambda key: (order.index(key[0]), key[1]))
    return [
        Usage(kind=kind, variant=name, before=before[kind, name], after=after[kind, name])
        for kind, name in keys
    ]


def _states(change: Change) -> tuple[Value, Value]:
    """Before and after, without what is marked sensitive.

    What Terraform only forgets is still there and still costs.
    """
    old = _seen(change.before, change.before_sensitive)
    if "forget" in change.actions:
        return old, old
    return old, _seen(change.after, change.after_unknown, change.after_sensitive)


def _seen(value: object, *marks: object) -> Value:
    seen = masked(value, frozenset(path for each in marks for path in true_paths(each)))
    return seen if isinstance(seen, dict) else {}


def _amounts(resource_type: str, value: Value, earlier: Value) -> Amounts:
    found: Amounts = Counter()
    if resource_type == "aws_instance" and value:
        found[UsageKind.INSTANCE, _word(value.get("instance_type"))] += 1
        disks = _disks(value) or _disks(earlier)
        for disk in disks:
            found.update(_volume(disk, "volume_type", "volume_size"))
        if not disks:
            found[UsageKind.VOLUME, ""] += 1
    elif resource_type == "aws_ebs_volume" and value:
        found.update(_volume({**earlier, **value}, "type", "size"))
    return found


def _disks(instance: Value) -> list[Value]:
    """The machine's own disk: computed where the configuration says nothing of it."""
    disks = instance.get("root_block_device")
    return [disk for disk in disks if isinstance(disk, dict)] if isinstance(disks, list) else []


def _volume(volume: Value, kind: str, size: str) -> Amounts:
    name, gib = _word(volume.get(kind)), _number(volume.get(size))
    found: Amounts = Counter()
    found[UsageKind.VOLUME, name if gib else ""] += gib or 1
    if name in _PRICED_IOPS:
        extra = _number(volume.get("iops")) - _FREE_IOPS.get(name, 0)
        found[UsageKind.IOPS, name] += max(extra, 0)
    throughput = _number(volume.get("throughput")) - _FREE_THROUGHPUT.get(name, 0)
    if name in _FREE_THROUGHPUT:
        found[UsageKind.THROUGHPUT, name] += max(throughput, 0)
    return +found


def _tasks(states: list[tuple[str, Value, Value]]) -> tuple[Amounts, Amounts]:
    """A service's tasks by the size that its task definition says, which may be made by this very plan."""
    definitions = [(old, new) for kind, old, new in states if kind == "aws_ecs_task_definition"]
    before: Amounts = Counter()
    after: Amounts = Counter()
    for kind, old, new in states:
        if kind == "aws_ecs_service":
            was, is_to_be = _definition_of(old, definitions)
            before.update(_of_service(old, was))
            after.update(_of_service(new, is_to_be))
    return before, after


def _definition_of(service: Value, definitions: list[tuple[Value, Value]]) -> tuple[Value, Value]:
    """What the service runs before and after; a definition that is created belongs to it if it is alone."""
    named = [pair for pair in definitions if pair[0].get("arn") == service.get("task_definition")]
    found = named or [pair for pair in definitions if not pair[0]]
    return found[0] if len(found) == 1 else ({}, {})


def _of_service(service: Value, definition: Value) -> Iterator[tuple[UsageKind, str]]:
    if service and service.get("launch_type") in {"FARGATE", None, ""}:
        cpu, memory = _number(definition.get("cpu")), _number(definition.get("memory"))
        size = f"{cpu}/{memory}" if cpu and memory else ""
        yield from [(UsageKind.TASK, size)] * _number(service.get("desired_count"))


def _word(value: object) -> str:
    """A type as AWS calls it; empty for what is not known yet, or is no such name."""
    return value if isinstance(value, str) and _WORD.match(value) else ""


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else 0
