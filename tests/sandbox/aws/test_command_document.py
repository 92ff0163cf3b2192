"""Parameters go into a document's scripts as they were given, and only if the document allows them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.command_document import (
    InvalidParametersError,
    UnsupportedDocumentError,
    aws_run_shell_script,
    parse,
)


def document(inputs: dict[str, Any], parameters: dict[str, Any] | None = None, **step: Any) -> str:  # noqa: ANN401
    content = {
        "schemaVersion": "2.2",
        "parameters": parameters or {},
        "mainSteps": [{"action": "aws:runShellScript", "name": "only", "inputs": inputs, **step}],
    }
    return json.dumps(content)


@given(st.lists(st.text(), min_size=1))
def test_the_commands_of_amazons_document_arrive_unchanged(commands: list[str]) -> None:
    """Even when they look like a place for a parameter: nothing is put in twice."""
    [step] = aws_run_shell_script().render({"commands": commands})
    assert step.script == "\n".join(commands)


def test_json_and_yaml_say_the_same() -> None:
    content = """
schemaVersion: "2.2"
parameters:
  name: {type: String, default: ledger}
mainSteps:
  - action: aws:runShellScript
    name: only
    inputs: {runCommand: ["echo {{ name }}"], timeoutSeconds: "60"}
"""
    parameters = {"name": {"type": "String", "default": "ledger"}}
    same = document({"runCommand": ["echo {{ name }}"], "timeoutSeconds": "60"}, parameters)
    assert parse(content, "YAML").render({}) == parse(same, "JSON").render({})


def test_a_parameter_may_be_an_environment_variable_so_that_the_shell_does_not_read_it() -> None:
    parameters = {"name": {"type": "String", "interpolationType": "ENV_VAR"}}
    [step] = parse(document({"runCommand": ['echo "{{ name }}"']}, parameters), "JSON").render(
        {"name": ["$(reboot)"]}
    )
    assert step.script == 'echo "${SSM_name}"'
    assert step.variables == {"SSM_name": "$(reboot)"}


@pytest.mark.parametrize(
    ("given_parameters", "said"),
    [({}, "required"), ({"n": ["x"]}, "match"), ({"n": ["1", "2"]}, "one value"), ({"m": ["1"]}, "Unknown")],
)
def test_wrong_parameters_are_named(given_parameters: dict[str, list[str]], said: str) -> None:
    parameters = {"n": {"type": "String", "allowedPattern": "[0-9]+"}}
    parsed = parse(document({"runCommand": ["echo {{ n }}"]}, parameters), "JSON")
    with pytest.raises(InvalidParametersError, match=said):
        parsed.render(given_parameters)


def test_steps_for_windows_are_left_out_and_other_actions_refused() -> None:
    windows = {"precondition": {"StringEquals": ["platformType", "Windows"]}}
    assert parse(document({"runCommand": ["x"]}, **windows), "JSON").render({}) == []
    with pytest.raises(UnsupportedDocumentError, match="aws:downloadContent"):
        parse(document({"runCommand": ["x"]}, action="aws:downloadContent"), "JSON")
