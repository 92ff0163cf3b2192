"""What a root module declares is read from its files, however they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.environment import OutputNames
from models.errors import SetUpError
from models.outputs import wanted_outputs
from models.root_module import VariableNames, wanted_variables
from systems.terraform.declarations import read_declarations
from tests.terraform.hcl import ROOT


def test_our_own_root_takes_and_puts_out_all_that_the_flows_need() -> None:
    """With the names that an environment has where it says nothing."""
    declared = read_declarations(ROOT)
    assert declared.variables >= wanted_variables(VariableNames())
    assert declared.variables >= set(VariableNames().model_dump().values())
    assert declared.outputs >= set(wanted_outputs(OutputNames(), {}).values())


def test_names_are_found_in_hcl_and_in_json(tmp_path: Path) -> None:
    """Compact, commented out, several in a file, as an object or as a list."""
    (tmp_path / "a.tf").write_text(
        'variable "one" {}\nvariable two { type = string }\n# variable "no" {}\n'
        'output "way_in" { value = var.one }\n'
    )
    (tmp_path / "b.tf.json").write_text(
        '{"variable": {"three": {}, "four": {}}, "output": [{"x": {"value": "1"}}]}'
    )
    declared = read_declarations(tmp_path)
    assert declared.variables == {"one", "two", "three", "four"}
    assert declared.outputs == {"way_in", "x"}


@pytest.mark.parametrize(("name", "text"), [("a.tf", 'variable "one" {'), ("a.tf.json", "{")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: str) -> None:
    """It is Terraform that says what is wrong in it."""
    (tmp_path / name).write_text(text)
    with pytest.raises(SetUpError, match=name):
        read_declarations(tmp_path)


def test_a_folder_without_a_root_module_is_said_to_be_one(tmp_path: Path) -> None:
    """A misspelt folder is the usual fault."""
    with pytest.raises(SetUpError, match="no root module"):
        read_declarations(tmp_path / "nowhere")
