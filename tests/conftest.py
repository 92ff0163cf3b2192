"""The sandbox of the tests: a second one, beside whatever else runs on this machine."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from prefect.client.orchestration import SyncPrefectClient
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from sandbox.environments import sandbox_variables
from sandbox.lifecycle import reset, up
from sandbox.ports import free_ports
from sandbox.record import PartRecord
from sandbox.settings import SandboxSettings

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Which of pytest-xdist's workers this is; each has a sandbox of its own."""

FIRST_NETWORK = int(os.environ.get("CREDEX_TEST_NETWORK", "110")) + 10 * WORKER
"""Second octet of the first loopback network, so that no two sandboxes on one machine share addresses."""

NETWORKS = {"development": FIRST_NETWORK, "staging": FIRST_NETWORK + 1, "production": FIRST_NETWORK + 2}


settings.register_profile("deploy", deadline=None)
settings.load_profile("deploy")
"""A machine that others load takes longer for an example, which says nothing of the code."""

for _name in [name for name in os.environ if name.startswith("CREDEX_SANDBOX_")]:
    del os.environ[_name]  # a shell's that was pointed at a sandbox: ours has settings of its own

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
"""Amazon's thousand machine images, loaded anew at each reset of a moto, cost more than most of its tests."""

HERE = Path(__file__).parent

WITH_SERVERS = ("sandbox/aws", "sandbox/github", "systems/aws")
"""Folders whose tests start an AWS or a GitHub each: too slow for the tests that run while one types."""


ON_THE_SANDBOX = (
    "tests/scenarios/",
    *(f"tests/sandbox/test_{name}.py" for name in ("secrets", "seed", "sockets")),
)
"""Where the fixture `sandbox` is used: on one worker, so that one sandbox serves them all."""

THE_SANDBOX = "the sandbox"


SHARED_BY_FOLDER = ("tests/systems/neo4j/", "tests/terraform/")
"""Folders whose files share servers, or a stack, that take long to make."""

WAITS_LONG = "tests/tasks/test_lock.py"
"""Waits a minute for a lease to run out: at the end, nobody else would have work meanwhile."""

LOOKS_LAST = "test_secrecy.py"
"""Finds a secret wherever one of the others on its sandbox has left it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs servers of its own; what takes longest goes first, to a worker each."""
    for item in items:
        if item.path.relative_to(HERE).as_posix().startswith(WITH_SERVERS):
            item.add_marker(pytest.mark.sandbox)
    order = {scope: place for place, scope in enumerate((THE_SANDBOX, *SHARED_BY_FOLDER, WAITS_LONG))}
    items.sort(key=lambda item: (order.get(scope_of(item.nodeid), len(order)), item.path.name == LOOKS_LAST))


def scope_of(nodeid: str) -> str:
    """What a test shares with others: a sandbox, or its folder's or file's servers."""
    file = nodeid.partition("::")[0]
    if file.startswith(ON_THE_SANDBOX):
        return THE_SANDBOX
    return next((folder for folder in SHARED_BY_FOLDER if file.startswith(folder)), file)


class ByFixture(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """Keeps together, on one of pytest-xdist's workers, what shares a fixture.

    The scenarios share a sandbox; the tests of another folder or file share that one's servers.
    (pytest-xdist's own groups have no effect with this pytest, which computes its node ids.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


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


def stop_clock(settings: SandboxSettings) -> None:
    """Switch off the schedules of all environments but one, whose runs would cost every test some time.

    Development's stay: its checks tell people when another check does not look any more.
    """
    with SyncPrefectClient(f"{settings.prefect_url}/api") as api:  # tries again what a busy server refuses
        for deployment in api.request("POST", "/deployments/filter", json={}).json():
            for schedule in deployment["schedules"]:
                if schedule["slug"] == "development":
                    continue
                # Prefect 3.9.1 empties a schedule's parameters unless they are given with each update.
                off = {"active": False, "parameters": schedule["parameters"]}
                ids = {"id": deployment["id"], "schedule_id": schedule["id"]}
                api.request("PATCH", "/deployments/{id}/schedules/{schedule_id}", path_params=ids, json=off)


def complaints(settings: SandboxSettings) -> str:
    """What its supervisor, which serves AWS, logged beside the usual; a traceback too."""
    lines = (settings.logs / "supervisor.log").read_text(errors="replace").splitlines()
    return "\n".join(["The sandbox of the failed tests:", *(line for line in lines if " INFO " not in line)])


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest) -> Iterator[RunningSandbox]:
    """The session's sandbox, started when the first test asks for it and taken down after the last.

    Where a test failed, what the sandbox complained of stands among pytest's warnings.
    """
    with tempfile.TemporaryDirectory(prefix="credex-") as folder:
        settings = new_settings(Path(folder) / "sandbox", NETWORKS)
        try:
            up(settings, ignore)
            stop_clock(settings)
            yield RunningSandbox(settings, environment_of(settings))
            if request.session.testsfailed:
                warnings.warn(complaints(settings), stacklevel=1)
        finally:
            reset(settings)
