"""`credex sandbox` says in plain words what it cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.errors import SetUpError
from sandbox.cli import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDEX_SANDBOX_HOME", str(tmp_path / "sandbox"))


@pytest.mark.parametrize("command", ["push", "secrets"])
def test_what_needs_a_sandbox_says_how_to_start_one(command: str) -> None:
    with pytest.raises(SetUpError, match="credex sandbox up"):
        runner.invoke(app, [command, "--env", "development"], catch_exceptions=False)


def test_the_status_of_no_sandbox_is_stopped_and_no_success() -> None:
    answer = runner.invoke(app, ["status"])
    assert answer.exit_code == 1
    assert "stopped" in answer.output


def test_down_without_a_sandbox_says_so() -> None:
    answer = runner.invoke(app, ["down"])
    assert answer.exit_code == 0
    assert "No sandbox was running" in answer.output


def test_reset_leaves_a_folder_alone_that_is_no_sandboxs(tmp_path: Path) -> None:
    home = tmp_path / "sandbox"
    home.mkdir()
    (home / "thesis.txt").write_text("three years of work")
    with pytest.raises(SetUpError, match="left alone"):
        runner.invoke(app, ["reset"], catch_exceptions=False)
    assert (home / "thesis.txt").exists()
