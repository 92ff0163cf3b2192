"""Which values of a plan may be shown to people. Everything that is not listed here is never shown.

Schemas do not mark all secrets: container definitions and user data are plain strings to Terraform. So the
list names what is harmless, and a listed value is shown only if it also looks like a plain word or number.
"""

from __future__ import annotations

import re
from typing import Protocol

from models.plan import ShownValue
from systems.terraform.paths import at, opened, true_paths
from systems.terraform.plan_json import Change

HARMLESS: dict[str, tuple[str, ...]] = {
    "aws_ecs_service": ("desired_count",),
    "aws_ecs_task_definition": ("cpu", "memory"),
    "aws_instance": ("instance_type", "ami", 'tags["credex:neo4j-version"]'),
    "aws_ebs_volume": ("size", "type", "iops", "throughput"),
    "aws_cloudwatch_log_group": ("retention_in_days",),
    "aws_appautoscaling_target": ("min_capacity", "max_capacity"),
}
"""Attributes by resource type."""

_PLAIN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")
_DIGEST = re.compile(r"@(sha256:[0-9a-f]{12})[0-9a-f]{52}$")


def shown_values(resource_type: str, change: Change) -> list[ShownValue]:
    """The harmless values that differ between before and after, as text."""
    values = [_shown(path, change, _plain) for path in HARMLESS.get(resource_type, ())]
    if resource_type == "aws_ecs_task_definition":
        values += [_shown(path, change, _image) for path in _image_paths(change)]
    return [value for value in values if value is not None and value.before != value.after]


def _shown(path: str, change: Change, read: _Reader) -> ShownValue | None:
    hidden = [*true_paths(change.before_sensitive), *true_paths(change.after_sensitive)]
    if any(path.startswith(secret) for secret in hidden):
        return None
    return ShownValue(
        attribute=path, before=read(at(change.before, path)), after=read(at(change.after, path))
    )


class _Reader(Protocol):
    def __call__(self, value: object, /) -> str | None: ...


def _plain(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    return text if _PLAIN.match(text) else None


def _image(value: object) -> str | None:
    """The beginning of an image's digest; a tag is not shown, because it says nothing about what runs."""
    found = _DIGEST.search(value) if isinstance(value, str) else None
    return found.group(1) if found else None


def _image_paths(change: Change) -> list[str]:
    count = max(_containers(change.before), _containers(change.after))
    return [f"container_definitions[{index}].image" for index in range(count)]


def _containers(task_definition: object) -> int:
    definitions = opened(at(task_definition, "container_definitions"))
    return len(definitions) if isinstance(definitions, list) else 0
