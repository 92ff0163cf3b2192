"""What stands beside a commit at GitHub while a run asks, changes and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from github.Repository import Repository
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State

from models.change import Change
from models.errors import DeployError, Refused, Rejected
from models.log import Event
from sandbox.github.seed import FULL_NAME, heads
from sandbox.github.server import GitHubServer
from systems.environments import load_environment
from systems.github.client import connect, open_repository
from systems.github.statuses import statuses_of
from tasks import approval
from tasks.approval import ask_for_approval
from tasks.informing import ended_beside_the_commit, inform
from tasks.pending import read_pending
from tests.deployments.cli.conftest import address  # noqa: F401 the fixture
from tests.sandbox.github.running import FULL, running_copy, seed_folder
from tests.tasks.test_applying import a_change

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]


@pytest.fixture
def server(address: str, tmp_path: Path) -> Iterator[GitHubServer]:  # noqa: F811
    """A GitHub whose token is in SSM."""
    with running_copy(seed_folder(tmp_path / "seeded"), tmp_path / "github") as running:
        parameter = load_environment("production").github.token_parameter
        boto3.client("ssm").put_parameter(Name=parameter, Value=FULL.value, Type="SecureString")
        yield running


@pytest.fixture
def change(server: GitHubServer) -> Change:
    """A change of production, which somebody has to agree to."""
    environment = load_environment("production")
    github = environment.github.model_copy(update={"api_url": server.url, "repository": FULL_NAME})
    found = a_change("a-run")
    commit = heads(server.repository(FULL_NAME))["prod"]
    return found.model_copy(
        update={
            "environment": environment.model_copy(update={"github": github}),
            "release": found.release.model_copy(update={"commit": commit}),
        }
    )


def within(change: Change, doing: Callable[[], object]) -> State[None]:
    """The end of a flow run on the rail that does this with the change."""

    @flow
    def riding() -> None:
        with ended_beside_the_commit() as changes:
            changes.append(change)
            doing()

    ended: State[None] = riding(return_state=True)
    return ended


def said(server: GitHubServer, change: Change) -> list[tuple[str, str, str | None]]:
    """The commit's statuses, the newest first; each leads to the run's page."""
    repository: Repository = open_repository(connect(server.url, FULL.value), FULL_NAME)
    found = list(statuses_of(repository.get_commit(change.release.commit)))
    assert all("/runs/flow-run/" in (status.target_url or "") for status in found)
    return [(status.context, status.state, status.description) for status in found]


@pytest.mark.parametrize(
    "no", [Rejected("Ann said no.", next_step=""), Refused("Frozen.", next_step=""), ValueError("x")]
)
def test_a_run_that_asked_and_then_ends_is_seen_beside_its_commit(
    server: GitHubServer, change: Change, monkeypatch: pytest.MonkeyPatch, no: Exception
) -> None:
    """It is rejected, frozen meanwhile, or ends as nobody thought it would.

    Where it has no process that could say so, a note beside the run tells which commit it was.
    """

    def suspend(*_: object) -> None:
        raise no

    monkeypatch.setattr(approval, "_suspend", suspend)
    ended = within(change, lambda: ask_for_approval(change, "The plan."))
    why = no.problem if isinstance(no, DeployError) else "ValueError"
    assert said(server, change) == [
        ("credex/production", "error", why),
        ("credex/production", "pending", "Waits for an approval."),
    ]
    run_id = ended.state_details.flow_run_id
    assert run_id
    with get_client(sync_client=True) as client:
        [noted] = read_pending(client, run_id)
    assert (noted.environment, noted.commit) == ("production", change.release.commit)


def test_a_change_that_failed_stays_failed_and_one_that_is_well_is_a_success(
    server: GitHubServer, change: Change
) -> None:
    def fail() -> None:
        inform(change, Event.STARTED)
        inform(change, Event.FAILED, "The tasks did not start.")
        raise Refused("The tasks did not start.", next_step="")

    within(change, fail)
    within(change, lambda: inform(change, Event.SUCCEEDED))
    assert [(state, told) for _, state, told in said(server, change)] == [
        ("success", "rollback succeeded"),
        ("failure", "The tasks did not start."),
        ("pending", "rollback started"),
    ]


def test_a_github_that_is_away_stops_nothing(server: GitHubServer, change: Change) -> None:
    """What could not be told is a failed task on the run's page."""
    server.stop()
    assert within(change, lambda: inform(change, Event.SUCCEEDED)).is_completed()
