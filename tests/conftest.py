"""The sandbox of the tests: a second one, beside whatever else runs on this machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from sandbox.environments import sandbox_variables
from sandbox.lifecycle import reset, up
from sandbox.ports import free_ports
from sandbox.record import PartRecord
from sandbox.settings import SandboxSettings

_FIRST_NETWORK = int(os.environ.get("CREDEX_TEST_NETWORK", "110"))
"""Second octet of the first loopback network, so that two test runs on one machine do not share addresses."""

NETWORKS = {
    "development": _FIRST_NETWORK,
    "staging": _FIRST_NETWORK + 1,
    "production": _FIRST_NETWORK + 2,
}


HERE = Path(__file__).parent

WITH_SERVERS = ("sandbox/aws", "sandbox/github", "systems/aws")
"""Folders whose tests start an AWS or a GitHub each: too slow for the tests that run while one types."""


WITH_THE_SANDBOX = (
    "tests/scenarios/",
    *(f"tests/sandbox/test_{name}.py" for name in ("secrets", "seed", "supervisor")),
)
"""Where the fixture `sandbox` is used."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs servers of its own."""
    for item in items:
        if item.path.relative_to(HERE).as_posix().startswith(WITH_SERVERS):
            item.add_marker(pytest.mark.sandbox)


class ByFixture(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """Keeps together, on one of pytest-xdist's workers, what shares a fixture.

    The scenarios share the session's sandbox; the tests of another file share that file's servers.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "the session's sandbox" if file.startswith(WITH_THE_SANDBOX) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFixture:
    """Schedule by fixture whenever several workers run."""
    return ByFixture(config, log)


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
