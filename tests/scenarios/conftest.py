"""The environments that the scenarios' tests work on, each built once for the session.

With CREDEX_TEST_SANDBOX=HOME the tests use the sandbox that runs in that home folder, and leave it running:
environments that are built already are taken as they are, which saves minutes while a test is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from models.errors import Refused
from models.names import Scenario
from sandbox.record import read_record
from tests.conftest import RunningSandbox, environment_of, stop_clock
from tests.scenarios.front_door import approve, begin, finish, inside, wait_for_question
from tests.scenarios.killed_support import add_environment, end_of, kill_while_machines_are_made
from tests.scenarios.place import Place, Snapshot
from tests.scenarios.settings_files import thaw
from tests.scenarios.twice import Twice, deploy_twice_at_once

APPROVER = "Tendai Ncube"


@dataclass(frozen=True)
class Again:
    """A run that has nothing to change, and what it was to leave as it was."""

    before: Snapshot
    run_id: UUID


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest) -> RunningSandbox:
    """The session's sandbox, or the one that CREDEX_TEST_SANDBOX names."""
    found = _running(request)
    thaw(found.settings)
    return found


def _running(request: pytest.FixtureRequest) -> RunningSandbox:
    home = os.environ.get("CREDEX_TEST_SANDBOX")
    if home is None:
        own: RunningSandbox = request.getfixturevalue("sandbox")
        return own
    record = read_record(Path(home))
    assert record is not None, f"no sandbox runs in {home}"
    return RunningSandbox(record.settings, environment_of(record.settings))


@pytest.fixture(scope="module", autouse=True)
def at_the_sandbox(sandbox: RunningSandbox) -> Iterator[None]:
    """Every test here, and every fixture of its module, works with the sandbox and nothing else."""
    with inside(sandbox):
        yield


def has_release(sandbox: RunningSandbox, name: str) -> bool:
    """Whether the environment was built already."""
    try:
        return Place(sandbox.settings, name).log.current_release() is not None
    except Refused:
        return False


def begin_unless_built(sandbox: RunningSandbox, name: str) -> UUID | None:
    """The run that builds the environment from nothing; None where it has a release already."""
    return None if has_release(sandbox, name) else begin(Scenario.INITIAL_DEPLOYMENT, name)


def built(sandbox: RunningSandbox, name: str, run: UUID | None) -> Place:
    """The environment, once the run that builds it has come to a good end."""
    if run is not None:
        ended = finish(run)
        assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    return Place(sandbox.settings, name)


@pytest.fixture(scope="session")
def development(sandbox: RunningSandbox) -> Place:
    """An environment that asks for no approval, for what takes longer than every day has."""
    with inside(sandbox):
        return built(sandbox, "development", begin_unless_built(sandbox, "development"))


@pytest.fixture(scope="session")
def staging(sandbox: RunningSandbox) -> Place:
    """The stage before production, which asks for no approval either."""
    with inside(sandbox):
        return built(sandbox, "staging", begin_unless_built(sandbox, "staging"))


@pytest.fixture(scope="session")
def too_early(sandbox: RunningSandbox, staging: Place) -> UUID | None:
    """An application deployment to production before that is built; None where it is."""
    with inside(sandbox):
        if has_release(sandbox, "production"):
            return None
        return begin(Scenario.APPLICATION_DEPLOYMENT, "production")


@pytest.fixture(scope="session")
def production_begun(sandbox: RunningSandbox, too_early: UUID | None) -> UUID | None:
    """The approved run that builds production, killed with its worker while it makes its machines.

    Not everybody needs to wait for its end, to which it comes by itself.
    """
    with inside(sandbox):
        run = begin_unless_built(sandbox, "production")
        if run is not None:
            approve(wait_for_question(run), APPROVER)
            kill_while_machines_are_made(Place(sandbox.settings, "production"), run)
        return run


@pytest.fixture(scope="session")
def staging_twice(sandbox: RunningSandbox, staging: Place, production_begun: UUID | None) -> Twice:
    """Staging after two deployments at once."""
    with inside(sandbox):
        return deploy_twice_at_once(staging)


@pytest.fixture(scope="session")
def production(sandbox: RunningSandbox, production_begun: UUID | None, staging_twice: Twice) -> Place:
    """The environment that asks for approvals and takes only what passed on staging.

    It is waited for last: two environments change at once, without a word of the other.
    """
    with inside(sandbox):
        if production_begun is not None:
            end_of(production_begun)
        return built(sandbox, "production", production_begun)


@pytest.fixture(scope="session")
def staging_again(staging: Place, sandbox: RunningSandbox) -> Again:
    """Staging's initial deployment a second time, which goes on while production's people are asked."""
    with inside(sandbox):
        return Again(staging.snapshot(), begin(Scenario.INITIAL_DEPLOYMENT, staging.name))


@pytest.fixture(scope="session")
def unbuilt(sandbox: RunningSandbox) -> Place:
    """One more environment, which asks for approvals and which nobody builds."""
    with inside(sandbox):
        place = add_environment(sandbox.settings, "unbuilt", max(sandbox.settings.networks.values()) + 1)
        stop_clock(sandbox.settings)
        return place


@pytest.fixture(scope="session")
def to_be_shut_out(sandbox: RunningSandbox, unbuilt: Place) -> UUID:
    """A run that plans to build everything while others are looked at, and asks then."""
    with inside(sandbox):
        return begin(Scenario.INITIAL_DEPLOYMENT, unbuilt.name)


@pytest.fixture(scope="session")
def to_be_rejected(sandbox: RunningSandbox, unbuilt: Place) -> UUID:
    """One more such run, whose plan is kept until somebody answers."""
    with inside(sandbox):
        return begin(Scenario.INITIAL_DEPLOYMENT, unbuilt.name)
