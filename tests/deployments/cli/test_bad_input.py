"""Bad input ends in one clear sentence, what to do, and an exit code that is not 0."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.cli import main
from sandbox.ports import free_ports

CREDEX = Path(sys.executable).with_name("credex")


def credex(*arguments: str, server: str) -> subprocess.CompletedProcess[str]:
    """Run `credex` with this address of Prefect's server."""
    environment = os.environ | {"PREFECT_API_URL": server}
    return subprocess.run(
        [CREDEX, *arguments], capture_output=True, text=True, check=False, timeout=60, env=environment
    )


@pytest.mark.parametrize(
    ("arguments", "problem", "way_out"),
    [
        (
            ["trigger", "nonsense", "--env", "development"],
            "There is no scenario 'nonsense'.",
            "Choose one of application-deployment",
        ),
        (
            ["trigger", "application-deployment", "--env", "development", "-p", "commit=--output=x"],
            "Parameter commit:",
            "application-deployment takes requester, freeze_override_reason, commit, allow_older.",
        ),
        (
            ["trigger", "verification", "--env", "development", "-p", "commit"],
            "'commit' is not key=value.",
            "-p commit=",
        ),
        (
            ["trigger", "application-deployment", "--env", "development", "-p", "tag=v1"],
            "Parameter tag: Extra inputs are not permitted.",
            "application-deployment takes requester, freeze_override_reason, commit, allow_older.",
        ),
        (
            ["trigger", "initial-deployment", "--env", "development", "-p", "desired_count=0"],
            "Parameter desired_count: Input should be greater than or equal to 1.",
            "initial-deployment takes",
        ),
    ],
)
def test_one_sentence_says_what_is_wrong_and_one_what_to_do(
    arguments: list[str],
    problem: str,
    way_out: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without any server: what is refused here never reaches one."""
    monkeypatch.setattr(sys, "argv", ["credex", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
    out, err = capsys.readouterr()
    said = err.strip().splitlines()
    assert (out, len(said)) == ("", 2)
    assert problem in said[0]
    assert way_out in said[1]


def nobody() -> str:
    """An address at which no server answers."""
    (port,) = free_ports(1)
    return f"http://127.0.0.1:{port}/api"


@pytest.mark.parametrize(
    ("arguments", "server", "exit_code", "problem", "way_out"),
    [
        (
            ["trigger", "verification", "--env", "nowhere"],
            nobody(),
            3,
            "There is no environment 'nowhere'",
            "Choose",
        ),
        (
            ["trigger", "verification", "--env", "development"],
            nobody(),
            1,
            "does not answer",
            "PREFECT_API_URL",
        ),
        (["trigger", "verification", "--env", "development"], "", 1, "It is not set", "PREFECT_API_URL"),
        (["worker"], "", 1, "It is not set", "PREFECT_API_URL"),
    ],
    ids=["refused", "nobody there", "no server", "a worker without one"],
)
def test_so_does_the_command_that_people_call(
    arguments: list[str], server: str, exit_code: int, problem: str, way_out: str
) -> None:
    """By its exit code, a refusal is told from what failed; and Prefect starts no server of its own."""
    ended = credex(*arguments, server=server)
    said = ended.stderr.strip().splitlines()
    assert (ended.returncode, ended.stdout, len(said)) == (exit_code, "", 2)
    assert problem in said[0]
    assert way_out in said[1]
