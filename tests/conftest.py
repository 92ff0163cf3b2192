"""The sandbox of the tests: a second one, beside whatever else runs on this machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.environments import sandbox_variables
from sandbox.lifecycle import reset, up
from sandbox.ports import free_ports
from sandbox.record import PartRecord
from sandbox.settings import SandboxSettings

NETWORKS = {"development": 110, "staging": 120, "production": 130}


HERE = Path(__file__).parent

WITH_SERVERS = ("sandbox/aws", "sandbox/github", "systems/aws")
"""Folders whose tests start an AWS or a GitHub each: too slow for the tests that run while one types."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs servers, and keep together, on one of pytest-xdist's workers, what shares a fixture.

    The scenarios share the session's sandbox; the tests of another file share that file's servers.
    """
    for item in items:
        place = item.path.relative_to(HERE)
        if place.as_posix().startswith(WITH_SERVERS):
            item.add_marker(pytest.mark.sandbox)
        shared = "scenarios" if _needs_the_sandbox(item) else place.as_posix()
        item.add_marker(pytest.mark.xdist_group(shared))
    items.sort(key=_needs_the_sandbox, reverse=True)  # the longest group first, so that none waits for it


def _needs_the_sandbox(item: pytest.Item) -> bool:
    return "sandbox" in getattr(item, "fixturenames", ())


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that runs; `environment` are the variables that point a process at it, PATH and HOME kept."""

    settings: SandboxSettings
    environment: dict[str, str]


def new_settings(home: Path, networks: dict[str, int]) -> SandboxSettings:
    """Settings of a sandbox that is in nobody's way."""
    aws, github, prefect = free_ports(3)
    return SandboxSettings(
        home=home,
        aws_port=aws,
        github_port=github,
        prefect_port=prefect,
        networks=networks,
        ends_with_starter=True,
    )


def ignore(_part: PartRecord) -> None:
    """For tests that do not read the progress."""


def environment_of(settings: SandboxSettings) -> dict[str, str]:
    """What a shell's environment is after sourcing the sandbox's `env`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | sandbox_variables(settings)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    """The session's sandbox, started when the first test asks for it and taken down after the last."""
    with tempfile.TemporaryDirectory(prefix="credex-") as folder:
        settings = new_settings(Path(folder) / "sandbox", NETWORKS)
        try:
            up(settings, ignore)
            yield RunningSandbox(settings, environment_of(settings))
        finally:
            reset(settings)
