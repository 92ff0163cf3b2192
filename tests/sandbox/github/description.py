"""GitHub's own description of its API, as far as the stand-in serves it, and the check of answers by it."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import referencing
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing.jsonschema import DRAFT4

from sandbox.github.wire import Exchange

EXTRACT = Path(__file__).with_name("github-openapi.json")
_ROOT = "urn:github"
_WITH_SLASHES = {"ref", "path", "basehead", "branch", "environment_name"}
_ANY_OPERATION = {"401", "403", "404", "422", "409"}
"""Refusals that GitHub gives everywhere, whether or not an operation lists them; all are a `basic-error`."""


@functools.cache
def description() -> dict[str, Any]:
    """The reduced description."""
    loaded: dict[str, Any] = json.loads(EXTRACT.read_text())
    return loaded


@functools.cache
def operations() -> list[tuple[re.Pattern[str], str, str]]:
    """Every operation described: the pattern of its paths, its template and its method."""
    found = [
        (_pattern(template), template, method)
        for template, methods in description()["paths"].items()
        for method in methods
    ]
    return sorted(found, key=lambda operation: _specificity(operation[1]))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    names = (".*" if part in _WITH_SLASHES else "[^/]+" for part in parts[1::2])
    return re.compile("".join(re.escape(text) + next(names, "") for text in parts[0::2]))


def _specificity(template: str) -> tuple[int, list[bool]]:
    parts = template.split("/")
    return -len(parts), [part.startswith("{") for part in parts]


def operation_of(exchange: Exchange) -> tuple[str, str] | None:
    """The template and method that an exchange belongs to; None for one that is not described."""
    for pattern, template, method in operations():
        if method == exchange.method.lower() and pattern.fullmatch(exchange.path):
            return template, method
    return None


def faults(exchange: Exchange) -> list[str]:
    """What is wrong with an answer by GitHub's description; nothing for a right one."""
    operation = operation_of(exchange)
    where = f"{exchange.method} {exchange.path} {exchange.status}"
    if operation is None:
        return [f"{where}: GitHub has no such operation"] if exchange.status != 404 else []
    template, method = operation
    pointer = _answer_schema(template, method, str(exchange.status))
    if pointer is None:
        return [f"{where}: GitHub gives no such status here"]
    if not pointer:
        return [f"{where}: GitHub's answer has no body"] if exchange.body else []
    answer = json.loads(exchange.body)
    return [
        f"{where}: {'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in _validator(pointer).iter_errors(answer)
    ]


def _answer_schema(template: str, method: str, status: str) -> str | None:
    """Where the description has the schema of an answer; "" for one without a body, None for none at all."""
    responses = description()["paths"][template][method]["responses"]
    if status not in responses:
        return "#/components/schemas/basic-error" if status in _ANY_OPERATION else None
    if not responses[status]:
        return "#/components/schemas/basic-error" if status[0] in "45" else ""
    escaped = template.replace("~", "~0").replace("/", "~1")
    return f"#/paths/{escaped}/{method}/responses/{status}/content/application~1json/schema"


@functools.cache
def _validator(pointer: str) -> OAS30Validator:
    resource = referencing.Resource.from_contents(description(), default_specification=DRAFT4)
    registry = referencing.Registry().with_resource(_ROOT, resource)
    return OAS30Validator({"$ref": _ROOT + pointer}, registry=registry, format_checker=oas30_format_checker)
