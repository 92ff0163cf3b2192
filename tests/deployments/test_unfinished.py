"""A change that ends without a word: people hear of it once, and GitHub does not show it going on."""

from __future__ import annotations

import asyncio
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import boto3
import pytest
import tomli_w
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Crashed, Failed, Running, Suspended
from prefect.utilities.urls import url_for

from deployments.interrupted import SETTLED
from deployments.turns import CHANGES
from deployments.unfinished import LOOKS_BACK, tell_of_unfinished_runs
from models.names import Scenario
from sandbox.github.seed import FULL_NAME, heads
from sandbox.github.server import GitHubServer
from systems.github.client import connect, open_repository
from systems.github.deployments import current_state, ensure_deployment, set_status
from systems.github.statuses import set_commit_status, statuses_of
from tasks.crashed import MOST_STARTS
from tasks.pending import PendingCommit
from tests.channels import Channels, open_channels
from tests.deployments.cli.conftest import address  # noqa: F401 the fixture
from tests.deployments.dead_runs import bring_to, now
from tests.sandbox.github.running import FULL, running_copy, seed_folder

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]

LATER = SETTLED + timedelta(seconds=1)
SOURCE = Path(__file__).parents[2] / "deployments" / "environments" / "production.toml"
TITLE = "watched: migration left unfinished"


@dataclass(frozen=True)
class Team:
    """An environment with a channel and a GitHub, and a work pool of its own."""

    pool: str
    channels: Channels
    github: GitHubServer

    def look(self, later: timedelta = LATER) -> list[str]:
        """What a worker tells people when it looks, a while after what happened."""
        self.channels.messages.clear()
        asyncio.run(tell_of_unfinished_runs(self.pool, now() + later))
        return self.channels.titles()


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> Iterator[Team]:  # noqa: F811
    with (
        open_channels() as channels,
        running_copy(seed_folder(tmp_path / "seeded"), tmp_path / "github") as github,
    ):
        document = tomllib.loads(SOURCE.read_text())
        document["channels"] = [{"name": "all", "address_parameter": "/channels/all"}]
        document["github"] |= {"api_url": github.url, "repository": FULL_NAME, "token_parameter": "/token"}
        (tmp_path / "watched.toml").write_text(tomli_w.dumps(document | {"name": "watched"}))
        monkeypatch.setenv("CREDEX_ENVIRONMENTS_DIR", str(tmp_path))
        for name, value in {"/channels/all": channels.address("hears"), "/token": FULL.value}.items():
            boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
        yield Team(f"pool-{uuid.uuid4()}", channels, github)


def a_run(team: Team, *states: State[None], tags: tuple[str, ...] = (CHANGES,)) -> UUID:
    """A migration that came through these states."""

    async def made() -> UUID:
        async with get_client() as client:
            await client.create_work_pool(WorkPoolCreate(name=team.pool, type="process"), overwrite=True)
            deployment = await client.create_deployment(
                await client.create_flow_from_name(Scenario.MIGRATION.value),
                f"of-{uuid.uuid4()}",
                work_pool_name=team.pool,
                tags=list(tags),
            )
            request = {"environment": "watched", "requester": "Rutendo Moyo"}
            run = await client.create_flow_run_from_deployment(deployment, parameters={"request": request})
            await bring_to(client, run.id, *states)
            return run.id

    return asyncio.run(made())


def test_a_cancelled_change_is_told_of_once(team: Team) -> None:
    a_run(team, Running(), Cancelled())
    assert team.look() == [TITLE]
    [message] = team.channels.messages
    assert message["message"].startswith("It was cancelled after it had begun.")
    assert "Asked for by: Rutendo Moyo" in message["message"]
    assert team.look() == []


def test_of_workers_that_look_at_once_one_tells(team: Team) -> None:
    a_run(team, Running(), Cancelled())

    async def look_at_once() -> None:
        looks = [tell_of_unfinished_runs(team.pool, now()) for _ in range(4)]
        await asyncio.gather(*looks)

    asyncio.run(look_at_once())
    assert team.channels.titles() == [TITLE]


def test_a_change_that_dies_each_time_is_told_of_when_it_is_left_to_people(team: Team) -> None:
    """Not while it is to be started again."""
    states: list[State[None]] = [Running(), Crashed()] * MOST_STARTS
    a_run(team, *states[:-2])
    assert team.look() == []
    a_run(team, *states)
    assert team.look(SETTLED / 2) == [], "the worker may report the crash once more"
    assert team.look() == [TITLE]
    assert team.look() == []


def test_what_told_of_itself_never_began_or_changes_nothing_is_left_alone(team: Team) -> None:
    a_run(team, Running(), Failed())
    a_run(team, Cancelled())
    a_run(team, Running(), Cancelled(), tags=())
    assert team.look() == []
    a_run(team, Running(), Cancelled())
    assert team.look(LOOKS_BACK + LATER) == [], "it is history"


def test_github_does_not_show_it_going_on(team: Team) -> None:
    """Neither the commit's Deployment nor the status beside it, which a run that only asked has alone."""
    repository = open_repository(connect(team.github.url, FULL.value), FULL_NAME)
    commit = heads(team.github.repository(FULL_NAME))["prod"]
    run_id = a_run(team, Running(), Suspended(), Running(), Cancelled())
    page = url_for("flow-run", obj_id=run_id)
    with get_client(sync_client=True) as client:
        noted = PendingCommit(environment="watched", commit=commit)
        client.create_flow_run_input(run_id, f"pending-watched-{commit}", noted.model_dump_json())
    deployment = ensure_deployment(
        repository, commit=commit, environment="production", branch="prod", flow_run_id=str(run_id)
    )
    set_status(deployment, "in_progress", log_url=page)
    set_commit_status(repository, commit, "watched", "pending", description="Waits.", url=page)
    team.look()
    assert current_state(deployment) == "error"
    newest = statuses_of(repository.get_commit(commit))[0]
    assert (newest.context, newest.state) == ("credex/watched", "error")
    assert newest.description == "It was cancelled after it had begun."
