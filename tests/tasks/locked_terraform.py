"""A program that stands for Terraform: it plans, and somebody else keeps the lock that it needs to apply."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from models.root_module import told_variables
from systems.environments import load_environment
from tests.systems.aws.entries import release

NOTHING = Path(__file__).parents[1] / "plans" / "nothing.json"
LOCKED = """Error: Error acquiring the state lock

Lock Info:
  ID: 1
  Who: ann@laptop
  Operation: OperationTypeApply
"""
PROGRAM = """#!{python}
import os, pathlib, sys
match sys.argv[1]:
    case "version":
        print('{{"terraform_version": "1.11.4"}}')
    case "init":
        os.makedirs(os.environ["TF_DATA_DIR"])
    case "plan":
        [out] = [each.removeprefix("-out=") for each in sys.argv if each.startswith("-out=")]
        pathlib.Path(out).write_text("a plan")
    case "show":
        print(pathlib.Path({shown!r}).read_text())
    case "apply":
        sys.exit({locked!r})
"""


def use_locked_terraform(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process runs it, and works in that folder."""
    shown, program = folder / "shown.json", folder / "terraform"
    shown.write_text(json.dumps(_nothing()))
    program.write_text(PROGRAM.format(python=sys.executable, shown=str(shown), locked=LOCKED))
    program.chmod(0o755)
    monkeypatch.setenv("CREDEX_TERRAFORM", str(program))
    monkeypatch.setenv("CREDEX_WORK_DIR", str(folder / "work"))


def _nothing() -> object:
    """A plan that does nothing, of a root module that declares all that it is told."""
    told = told_variables(release(), load_environment("development").terraform.variables)
    module = {"variables": {name: dict[str, str]() for name in told}}
    return json.loads(NOTHING.read_text()) | {"configuration": {"root_module": module}}
