"""Systems Manager's command documents: reads schema 2.2 and puts the parameters in, as the agent would.

Pure: what is done with the scripts is for others. Only `aws:runShellScript` is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml  # type: ignore[import-untyped]

RUN_SHELL_SCRIPT = "AWS-RunShellScript"
DEFAULT_STEP_SECONDS = 3600.0

_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_.\-]+)\s*\}\}")

_AWS_RUN_SHELL_SCRIPT: dict[str, Any] = {
    "schemaVersion": "2.2",
    "parameters": {
        "commands": {"type": "StringList"},
        "workingDirectory": {"type": "String", "default": ""},
        "executionTimeout": {"type": "String", "default": "3600"},
    },
    "mainSteps": [
        {
            "action": "aws:runShellScript",
            "name": "runShellScript",
            "inputs": {
                "runCommand": "{{ commands }}",
                "workingDirectory": "{{ workingDirectory }}",
                "timeoutSeconds": "{{ executionTimeout }}",
            },
        }
    ],
}


class InvalidParametersError(ValueError):
    """The parameters of a command are not those that its document asks for."""


class UnsupportedDocumentError(ValueError):
    """The document is not one that the sandbox can run."""


@dataclass(frozen=True)
class Step:
    """One script, ready to run. `variables` are for its environment; `exits` ends the command if it fails."""

    name: str
    script: str
    folder: str
    seconds: float
    exits: bool
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CommandDocument:
    """A parsed document."""

    parameters: dict[str, dict[str, Any]]
    steps: list[dict[str, Any]]

    def render(self, given: Mapping[str, Sequence[str]]) -> list[Step]:
        """Return the scripts with the parameters put in.

        Raises:
            InvalidParametersError: one is unknown, missing, or not among what the document allows.

        """
        unknown = set(given) - set(self.parameters)
        if unknown:
            raise InvalidParametersError(f"Unknown parameters: {', '.join(sorted(unknown))}.")
        values = {name: _value(name, spec, given.get(name)) for name, spec in self.parameters.items()}
        return [self._step(each, values) for each in self.steps]

    def _step(self, step: Mapping[str, Any], values: Mapping[str, Any]) -> Step:
        inputs = step["inputs"]
        variables = self._variables(values)
        in_text = {**values, **{name: f"${{{_variable(name)}}}" for name in self._by_variable()}}
        return Step(
            name=str(step.get("name", "step")),
            script="\n".join(_lines(inputs["runCommand"], in_text)),
            folder=str(_put_in(inputs.get("workingDirectory", ""), values)),
            seconds=float(_put_in(inputs.get("timeoutSeconds"), values) or DEFAULT_STEP_SECONDS),
            exits=inputs.get("onFailure") == "exit",
            variables=variables,
        )

    def _by_variable(self) -> list[str]:
        return [name for name, spec in self.parameters.items() if spec.get("interpolationType") == "ENV_VAR"]

    def _variables(self, values: Mapping[str, Any]) -> dict[str, str]:
        return {_variable(name): _text(values[name]) for name in self._by_variable()}


def aws_run_shell_script() -> CommandDocument:
    """Return Amazon's own document that runs the commands given to it."""
    return _document(_AWS_RUN_SHELL_SCRIPT)


def parse(content: str, document_format: str) -> CommandDocument:
    """Read a document's content, JSON or YAML.

    Raises:
        UnsupportedDocumentError: its schema or one of its actions is not known here.

    """
    return _document(yaml.safe_load(content) if document_format == "YAML" else json.loads(content))


def _document(content: Mapping[str, Any]) -> CommandDocument:
    if content.get("schemaVersion") != "2.2":
        raise UnsupportedDocumentError(f"Schema {content.get('schemaVersion')} is not supported, 2.2 is.")
    steps = [step for step in content["mainSteps"] if _is_for_linux(step)]
    for step in steps:
        if step["action"] != "aws:runShellScript":
            raise UnsupportedDocumentError(f"The action {step['action']} is not supported.")
    return CommandDocument(dict(content.get("parameters") or {}), steps)


def _is_for_linux(step: Mapping[str, Any]) -> bool:
    platform = step.get("precondition", {}).get("StringEquals", [])
    return "platformType" not in platform or "Linux" in platform


def _value(name: str, spec: Mapping[str, Any], given: Sequence[str] | None) -> Any:  # noqa: ANN401 - text or list
    if given is None:
        if "default" not in spec:
            raise InvalidParametersError(f"The parameter {name} is required.")
        return spec["default"]
    for each in given:
        _check(name, spec, each)
    if spec.get("type") == "StringList":
        return list(given)
    if len(given) != 1:
        raise InvalidParametersError(f"The parameter {name} takes one value.")
    return given[0]


def _check(name: str, spec: Mapping[str, Any], value: str) -> None:
    allowed, pattern = spec.get("allowedValues"), spec.get("allowedPattern")
    if allowed and value not in [_text(each) for each in allowed]:
        raise InvalidParametersError(f"The parameter {name} takes one of {', '.join(map(_text, allowed))}.")
    if pattern and not re.fullmatch(pattern, value):
        raise InvalidParametersError(f"The parameter {name} does not match {pattern}.")


def _lines(run_command: Any, values: Mapping[str, Any]) -> list[str]:  # noqa: ANN401 - text or list
    lines = run_command if isinstance(run_command, list) else [run_command]
    rendered: list[str] = []
    for line in lines:
        value = _put_in(line, values)
        rendered.extend(map(_text, value) if isinstance(value, list) else [_text(value)])
    return rendered


def _put_in(text: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a place that stands alone may be a list
    """Put the values into a text; a list that stands for the whole text stays a list."""
    if not isinstance(text, str):
        return text
    whole = _PLACE.fullmatch(text.strip())
    if whole and whole[1] in values:
        return values[whole[1]]
    return _PLACE.sub(lambda place: _text(values.get(place[1], place[0])), text)


def _text(value: Any) -> str:  # noqa: ANN401 - whatever JSON knows
    if isinstance(value, str):
        return value
    return json.dumps(value)


def _variable(name: str) -> str:
    return f"SSM_{name}"
