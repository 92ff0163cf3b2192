"""Where two values differ, as paths, and what stands at a path. Pure; knows nothing of Terraform's plans.

A string that is a JSON list or object is looked into, because AWS's resources keep whole documents in strings
(container definitions, policies). A path reads `container_definitions[0].image` or `tags["Name"]`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_PLAIN_KEY = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]*$")

_EMPTY: tuple[object, ...] = (None, "", [], {})

UNKNOWN = "(known after the apply)"
"""Stands in a value for what is known only after the apply."""


def differences(before: object, after: object, path: str = "") -> Iterator[str]:
    """The deepest paths at which two values differ; the path itself where they are of different kinds.

    What is empty equals what is absent: AWS and the provider's refresh fill in empty lists.
    """
    before, after = opened(before), opened(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key), after.get(key), child(path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{path}[{index}]")
    elif before != after and not (before in _EMPTY and after in _EMPTY):
        yield path


def true_paths(marks: object, path: str = "") -> Iterator[str]:
    """The paths at which a structure of marks (`after_unknown`, `after_sensitive`) says true."""
    if marks is True:
        yield path
    elif isinstance(marks, dict):
        for key in sorted(marks):
            yield from true_paths(marks[key], child(path, key))
    elif isinstance(marks, list):
        for index, mark in enumerate(marks):
            yield from true_paths(mark, f"{path}[{index}]")


def child(path: str, key: str) -> str:
    """The path of a member, for example `tags["Name"]`, or `tags.Name` where no quoting is needed."""
    if _PLAIN_KEY.match(key):
        return f"{path}.{key}" if path else key
    return f"{path}[{json.dumps(key, ensure_ascii=False)}]"


def opened(value: object) -> object:
    """What is inside a string that is a JSON document; everything else as it is."""
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def without_zero_values(value: object) -> object:
    """The value without members that are null or their type's zero value (0, false, empty), at any depth.

    Terraform's plugin SDK does not tell the two apart (hashicorp/terraform-plugin-sdk#90): such a provider
    leaves null in the state when it applies, and the zero value when it reads the same thing again.
    """
    if isinstance(value, dict):
        members = {key: without_zero_values(member) for key, member in value.items()}
        return {key: member for key, member in members.items() if member}
    if isinstance(value, list):
        return [without_zero_values(member) for member in value]
    return value


def masked(value: object, paths: frozenset[str], path: str = "") -> object:
    """The value with `UNKNOWN` at these paths, whatever stood there, or nothing."""
    if path in paths:
        return UNKNOWN
    if isinstance(value, dict):
        members = {key: masked(member, paths, child(path, key)) for key, member in value.items()}
        missing = {key: UNKNOWN for key in _children(paths, path) if key not in members}
        return members | missing
    if isinstance(value, list):
        return [masked(member, paths, f"{path}[{index}]") for index, member in enumerate(value)]
    return value


def _children(paths: frozenset[str], parent: str) -> Iterator[str]:
    """The plain keys directly under a path that are themselves among the paths."""
    start = f"{parent}." if parent else ""
    for path in paths:
        key = path.removeprefix(start)
        if path.startswith(start) and _PLAIN_KEY.match(key):
            yield key


def at(value: object, path: str) -> object:
    """What stands at a path, or None where there is nothing."""
    for quoted, index, key in re.findall(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([A-Za-z_][\w-]*)', path):
        value = opened(value)
        if isinstance(value, dict):
            value = value.get(json.loads(f'"{quoted}"') if quoted else key)
        elif isinstance(value, list) and index and int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value
