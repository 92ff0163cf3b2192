"""Commands run for real on a machine, and their end is what the machine says."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from models.command import CommandFailed
from models.errors import Refused, ServiceUnavailable
from sandbox.aws.hosts import Hosts
from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.mends.probe_network import make_network, run_instance
from sandbox.aws.run_command import CommandRunner
from sandbox.aws.server import LocalAws
from systems.aws.commands import await_command, run_command, send_command
from systems.aws.session import Aws
from systems.waiting import Pace
from tests.sandbox.aws.conftest import clients_of

pytestmark = pytest.mark.sandbox

SHELL = "AWS-RunShellScript"
PACE = Pace(deadline_seconds=60, interval_seconds=0.2)


@pytest.fixture(scope="module")
def live_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS whose machines run what they are sent."""

    def variables() -> dict[str, str]:
        return server.environment()

    runner = CommandRunner(Hosts(tmp_path_factory.mktemp("state")), variables)
    server = LocalAws(0, mends=MENDS, reconcilers=[runner])
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def instance(live_aws: LocalAws) -> str:
    clients = clients_of(live_aws.url)
    return run_instance(clients, SubnetId=make_network(clients).subnet)


@pytest.fixture
def live(live_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    for name, value in live_aws.environment().items():
        monkeypatch.setenv(name, value)
    return Aws("af-south-1")


def test_a_commands_output_comes_back(live: Aws, instance: str) -> None:
    result = run_command(
        live, instance, SHELL, {"commands": ["echo of the machine"]}, pace=PACE, on_progress=print
    )
    assert (result.exit_code, result.stdout.strip()) == (0, "of the machine")


def test_a_failing_command_fails_with_what_it_wrote(live: Aws, instance: str) -> None:
    with pytest.raises(CommandFailed, match="exit code 7: the disk is full"):
        run_command(
            live,
            instance,
            SHELL,
            {"commands": ["echo the disk is full >&2; exit 7"]},
            pace=PACE,
            on_progress=print,
        )


def test_a_command_that_was_sent_by_a_killed_run_is_awaited_by_its_id(live: Aws, instance: str) -> None:
    command = send_command(live, instance, SHELL, {"commands": ["sleep 1; echo done"]})
    assert await_command(live, instance, command, pace=PACE, on_progress=print).stdout.strip() == "done"


def test_a_command_that_takes_too_long_is_cancelled(live: Aws, instance: str) -> None:
    began = time.monotonic()
    with pytest.raises(CommandFailed, match="did not end within 1 s"):
        run_command(
            live,
            instance,
            SHELL,
            {"commands": ["sleep 50"]},
            pace=Pace(deadline_seconds=1, interval_seconds=0.2),
            on_progress=print,
        )
    assert time.monotonic() - began < 40


def test_an_unknown_document_and_an_unknown_machine_are_told_apart(live: Aws, instance: str) -> None:
    with pytest.raises(Refused, match="no SSM document nothing-like-it"):
        send_command(live, instance, "nothing-like-it", {})
    with pytest.raises(ServiceUnavailable, match="i-00000000000000000 does not take commands"):
        send_command(live, "i-00000000000000000", SHELL, {"commands": ["true"]})
