"""Bad input ends in one clear sentence, what to do, and an exit code that is not 0."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.ports import free_ports

CREDEX = Path(sys.executable).with_name("credex")


def credex(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `credex` where no Prefect server answers."""
    (port,) = free_ports(1)
    environment = os.environ | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    return subprocess.run(
        [CREDEX, *arguments], capture_output=True, text=True, check=False, timeout=60, env=environment
    )


@pytest.mark.parametrize(
    ("arguments", "exit_code", "problem", "way_out"),
    [
        (
            ["trigger", "nonsense", "--env", "development"],
            3,
            "There is no scenario 'nonsense'.",
            "Choose one of application-deployment",
        ),
        (
            ["trigger", "verification", "--env", "nowhere"],
            3,
            "There is no environment 'nowhere'.",
            "Choose one of development",
        ),
        (
            ["trigger", "verification", "--env", "development"],
            1,
            "Prefect's server does not answer",
            "PREFECT_API_URL",
        ),
        (
            ["trigger", "application-deployment", "--env", "development", "-p", "commit=--output=x"],
            3,
            "Parameter commit:",
            "application-deployment takes requester, freeze_override_reason, commit.",
        ),
        (
            ["trigger", "verification", "--env", "development", "-p", "commit"],
            3,
            "'commit' is not key=value.",
            "-p commit=",
        ),
    ],
)
def test_one_sentence_says_what_is_wrong_and_one_what_to_do(
    arguments: list[str], exit_code: int, problem: str, way_out: str
) -> None:
    ended = credex(*arguments)
    said = ended.stderr.strip().splitlines()
    assert ended.returncode == exit_code
    assert len(said) == 2
    assert problem in said[0]
    assert way_out in said[1]
