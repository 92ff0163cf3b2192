"""The tour names every place that a newcomer may want to look at, and commands that exist."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.cli import application
from sandbox.inventory import Served
from sandbox.settings import SandboxSettings
from sandbox.tour import tour

SETTINGS = SandboxSettings(prefect_port=4201, github_port=5611, aws_port=5601)
SERVED = [
    Served(environment="staging", name="API", address="http://127.20.0.5:8080", answers=True),
    Served(environment="staging", name="Neo4j ledger", address="bolt://127.20.20.10:7687", answers=True),
    Served(environment="staging", name="Neo4j search", address="bolt://127.20.21.10:7687", answers=True),
]


def told(served: list[Served]) -> str:
    """The tour as a person in the project's folder reads it."""
    return tour(SETTINGS, served, home=Path(".sandbox"), activate=Path(".venv/bin/activate"))


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:4201",
        "http://127.0.0.1:5611/repos/credex/credex-core/deployments",
        "http://127.0.0.1:5601",
        "curl http://127.20.0.5:8080/health",
        "bolt://127.20.20.10:7687",
        "bolt://127.20.21.10:7687",
        ". .venv/bin/activate && . .sandbox/env",
    ],
)
def test_every_address_is_named(place: str) -> None:
    assert place in told(SERVED)


def test_where_nothing_is_built_the_next_step_is_to_build() -> None:
    assert "credex trigger initial-deployment --env development" in told([])
    assert "application-deployment" not in told([])


def test_every_command_that_it_names_exists() -> None:
    lines = [line.partition("#")[0].split() for line in told(SERVED).splitlines()]
    commands = [line[1:] for line in lines if line[:1] == ["credex"]]
    assert commands
    for command in commands:
        words = [word for word in command if not word.startswith("-")][: 2 if command[0] == "sandbox" else 1]
        answer = CliRunner().invoke(application(words), [*words, "--help"])
        assert answer.exit_code == 0, answer.output
