"""What holds of our actions for CI: inputs are data, and what they install is what we test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.deployments.cli.ci_steps import ACTIONS, PROJECT

ACTION_FILES = sorted(ACTIONS.glob("*/action.yml"))
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("file", ACTION_FILES, ids=lambda file: file.parent.name)
def test_no_expression_is_written_into_a_script(file: Path) -> None:
    """A branch called `$(curl ...)` would be run; in the environment it is a text."""
    steps = YAML(typ="safe").load(file)["runs"]["steps"]
    assert steps
    for step in steps:
        assert "${{" not in step["run"], step["name"]
        assert all(
            re.fullmatch(r"\$\{\{ inputs\.[\w-]+ \}\}", value) for value in step.get("env", {}).values()
        )


def test_a_job_installs_the_versions_that_are_tested() -> None:
    """Compiled with requirements.txt as constraint; all with hashes."""
    text = (ACTIONS / "deploy" / "requirements.txt").read_text()
    installed, tested = (
        dict(PINNED.findall(each)) for each in (text, (PROJECT / "requirements.txt").read_text())
    )
    other = {name: version for name, version in installed.items() if tested.get(name, version) != version}
    assert other == {}
    assert {"prefect", "typer", "boto3"} <= set(installed)
    assert text.count("--hash=") >= len(installed)
