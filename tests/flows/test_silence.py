"""A scheduled check that stops looking: who is told, how often, and what a service outside hears of it."""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
import pytest
import tomli_w
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, VariableUpdate, WorkPoolCreate
from prefect.client.schemas.objects import State
from prefect.client.schemas.schedules import IntervalSchedule

from flows.outcome import ends_in_words, succeeded
from models.check import Verdict
from models.errors import ServiceUnavailable, VerificationFailed
from models.names import Scenario
from models.request import VerificationRequest
from models.standing import CHECKS, Standing
from systems.waiting import Pace, wait_for
from tasks.heartbeats import read_planned
from tasks.silence import CONFIRMED_AFTER, seen_name
from tasks.standing import read_standing, standing_name
from tests.channels import TOKEN, Channels, open_channels
from tests.deployments.cli.conftest import address  # noqa: F401 the fixture
from tests.tasks.conftest import prefect_api  # noqa: F401 the fixture

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]

CHECK = Scenario.VERIFICATION
QUARTER = timedelta(minutes=15)
ALL = {"name": "all", "address_parameter": "/channels/all"}
ENDS_ALONE = {"name": "ends", "address_parameter": "/channels/ends", "news": ["succeeded"]}
SOURCE = Path(__file__).parents[2] / "deployments" / "environments" / "staging.toml"


@dataclass(frozen=True)
class Team:
    """Two environments, one of whose verifications is paused, and the channels of both."""

    watching: str
    silent: str
    channels: Channels

    def say(self, way: str) -> None:
        """From now on every channel and the service outside are of this kind."""
        ssm = boto3.client("ssm")
        for name, value in {
            "/channels/all": self.channels.address(way),
            "/heartbeat": self.channels.url(way),
        }.items():
            ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    def told(self) -> list[str]:
        """What was told of the environment whose verification is paused, since the last call."""
        titles, self.channels.messages[:] = self.channels.titles(), []
        prefix = f"{self.silent}: verification "
        return [title.removeprefix(prefix) for title in titles if title.startswith(prefix)]


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> Iterator[Team]:  # noqa: F811
    """Names of their own, as tests share Prefect's server."""
    mark = uuid.uuid4().hex[:8]
    names = [f"watching-{mark}", f"silent-{mark}"]
    for name in names:
        describe(tmp_path, name, [ALL])
    monkeypatch.setenv("CREDEX_ENVIRONMENTS_DIR", str(tmp_path))
    deploy(names)
    with open_channels() as channels:
        found = Team(names[0], names[1], channels)
        found.say("hears")
        switch(found.silent, active=False)
        yield found


def describe(folder: Path, name: str, channels: list[dict[str, Any]]) -> None:
    """Write the environment's file, which has these channels."""
    document = tomllib.loads(SOURCE.read_text())
    document |= {"name": name, "heartbeat_url_parameter": "/heartbeat", "channels": channels}
    (folder / f"{name}.toml").write_text(tomli_w.dumps(document))


def deploy(names: list[str]) -> None:
    """Every check, with a schedule for each environment."""
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="silence", type="process"), overwrite=True)
        for check in CHECKS:
            client.create_deployment(
                _flow_of(client, check),
                check.value,
                work_pool_name="silence",
                schedules=[
                    DeploymentScheduleCreate(
                        schedule=IntervalSchedule(interval=QUARTER, anchor_date=datetime.now(UTC) + QUARTER),
                        parameters={"request": {"environment": name}},
                        slug=name,
                    )
                    for name in names
                ],
            )
        for name in names:
            _wait_until_planned(client, name)


def _flow_of(client: SyncPrefectClient, check: Scenario) -> UUID:
    @flow(name=check.value)
    def planned_only() -> None:
        """Never run: its deployment has schedules alone."""

    return client.create_flow(planned_only)


def _wait_until_planned(client: SyncPrefectClient, name: str) -> None:
    def all_planned() -> bool | None:
        found = [read_planned(client, check, name) for check in CHECKS]
        return all(planned and planned.interval for planned in found) or None

    assert wait_for(all_planned, Pace(120, 0.5)), "Prefect plans no runs"


def switch(name: str, *, active: bool) -> None:
    """Pause or resume an environment's verification."""
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"{CHECK}/{CHECK}")
        [own] = [one for one in deployment.schedules if one.slug == name]
        client.update_deployment_schedule(deployment.id, own.id, active=active, parameters=own.parameters)
        if active:
            _wait_until_planned(client, name)


def verify(environment: str, error: Exception | None = None) -> State[Any]:
    """A run of the verification, as far as telling goes: it finds that all is well, or fails so."""

    @flow(name=CHECK.value)
    @ends_in_words
    def verification(request: VerificationRequest) -> State[Any]:
        if error:
            raise error
        return succeeded("All is well.")

    ended: State[Any] = verification(VerificationRequest(environment=environment), return_state=True)
    return ended


def let_time_go_by(name: str) -> None:
    """The check was seen not to look a while ago."""
    earlier = (datetime.now(UTC) - CONFIRMED_AFTER).isoformat()
    with get_client(sync_client=True) as client:
        client.update_variable(VariableUpdate(name=seen_name(CHECK, name), value=earlier))


def look_long_ago(name: str) -> None:
    """The check last looked an hour ago."""
    with get_client(sync_client=True) as client:
        standing = read_standing(client, CHECK, name)
        assert standing is not None
        before = Standing(**dict(standing) | {"looked_at": standing.looked_at - timedelta(hours=1)})
        client.update_variable(
            VariableUpdate(name=standing_name(CHECK, name), value=before.model_dump(mode="json"))
        )


def test_people_are_told_once_of_a_check_that_does_not_look_and_once_that_it_looks_again(team: Team) -> None:
    """Another environment's check tells; one look alone, as a schedule is being renewed, tells nothing."""
    verify(team.watching)
    assert team.told() == []
    let_time_go_by(team.silent)
    team.say("refuses")
    verify(team.watching)
    assert team.told() == [], "nobody heard"
    team.say("hears")
    verify(team.watching)
    assert "Next: Resume the schedule" in team.channels.messages[-1]["message"]
    verify(team.silent)
    assert team.told() == ["not looking"], "a run that somebody started is no schedule that runs"
    switch(team.silent, active=True)
    verify(team.silent)
    assert team.told() == ["looking again"]
    look_long_ago(team.silent)
    verify(team.silent)
    assert "after 60 min in which it did not" in team.channels.messages[-1]["message"]
    assert team.told() == ["looking again"], "nobody was there to tell of it while it was silent"


def test_the_service_outside_hears_of_each_verification_unless_nobody_hears_what_it_found(
    team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    """It tells people when it hears nothing: of a worker that is gone, and of channels that are dead."""
    assert verify(team.watching).message == "All is well."
    assert team.channels.requested == [f"/hears/{TOKEN}"]
    team.say("refuses")
    ended = verify(team.watching, ServiceUnavailable("AWS does not answer.", next_step="Wait."))
    assert "the channel all refused the message" in str(ended.message)
    assert len(team.channels.requested) == 1
    team.say("hears")
    boto3.client("ssm").put_parameter(
        Name="/heartbeat", Value=team.channels.url("refuses"), Type="SecureString", Overwrite=True
    )
    ended = verify(team.watching)
    assert ended.is_completed(), "it is no fault of the environment"
    assert team.channels.requested[1:] == [f"/refuses/{TOKEN}"]
    assert "the service outside, whose address answered 404" in str(ended.message)
    boto3.client("ssm").delete_parameter(Name="/heartbeat")
    ended = verify(team.watching)
    assert "whose address cannot be read: SSM has no parameter /heartbeat" in str(ended.message)
    assert TOKEN not in caplog.text


def test_what_no_channel_wants_or_gets_is_left_to_the_service_outside(team: Team, tmp_path: Path) -> None:
    """A channel that does not want such news hears nothing of it; a good end need not reach anybody."""
    name, failing = team.watching, ServiceUnavailable("AWS does not answer.", next_step="Wait.")

    def requests_after(error: Exception | None) -> int:
        team.channels.requested.clear()
        verify(name, error)
        return len(team.channels.requested)

    describe(tmp_path, name, [ALL, ENDS_ALONE])
    team.say("refuses")
    assert requests_after(failing) == 0, "nobody heard"
    team.say("hears")
    assert requests_after(failing) == 1
    assert team.channels.titles() == [f"{name}: verification not well"]
    describe(tmp_path, name, [])
    assert requests_after(None) == 1
    assert [requests_after(failing), requests_after(failing)] == [0, 0]
    assert requests_after(None) == 1


def test_people_hear_of_what_is_worse_than_what_they_know(team: Team) -> None:
    """The message names it, as its sentence tells what is worst of all."""

    def told_after(unwell: dict[str, Verdict]) -> list[str]:
        team.channels.messages.clear()
        verify(team.watching, VerificationFailed("Secrets: JWT lacks.", next_step="Set it.", unwell=unwell))
        return [message["message"].splitlines()[0] for message in team.channels.messages]

    secrets = {"Secrets": Verdict.FAILED}
    assert told_after(secrets) == ["Secrets: JWT lacks."]
    assert told_after(secrets) == []
    both = {**secrets, "The ledger": Verdict.INCONCLUSIVE}
    assert told_after(both) == ["Worse than before: The ledger. Secrets: JWT lacks."]
    assert told_after(secrets) == []
