"""A scheduled look leaves an environment alone while a killed change of it is still to go on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.states import AwaitingRetry, Completed, Crashed, Failed, Running, Suspended

from models.environment import Environment
from models.log import Event
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment
from tasks import going_on
from tasks.changing import is_changing
from tasks.crashed import MOST_STARTS
from tasks.going_on import fences_to_go_on
from tests.systems.aws.conftest import _aws_server, _connection, aws  # noqa: F401 - fixtures
from tests.systems.aws.entries import entry

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]


@flow(name="change")
def change() -> None:
    """Never run: its runs exist in Prefect's database alone."""


@pytest.fixture
def environment(aws: Aws) -> Environment:  # noqa: F811
    """An environment with an empty log."""
    found = load_environment("development")
    aws.s3.create_bucket(
        Bucket=found.aws.releases_bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"}
    )
    return found


def _run(*states: State) -> UUID:
    """A flow run that went through these states."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(change)
        for state in states:
            client.set_flow_run_state(run.id, state, force=True)
    return run.id


def _record(aws: Aws, environment: Environment, run: UUID, *events: Event) -> None:  # noqa: F811
    log = DeploymentLog(aws, environment.aws.releases_bucket, environment.name)
    for event in events:
        log.append_once(
            entry(event).model_copy(update={"environment": environment.name, "flow_run_id": str(run)})
        )


@pytest.mark.parametrize(
    ("states", "changing"),
    [
        ([Running()], True),
        ([Running(), Crashed()], True),
        ([Running(), Crashed(), AwaitingRetry()], True),
        ([Running(), Suspended()], False),
        ([Running(), Failed()], False),
        ([Running(), Completed()], False),
        ([Running(), Crashed()] * MOST_STARTS, False),
    ],
    ids=["runs", "killed", "to be continued", "asks anew", "failed", "ended unrecorded", "given up"],
)
def test_a_change_whose_end_is_not_recorded_goes_on_or_is_over(
    aws: Aws,  # noqa: F811
    environment: Environment,
    states: list[State],
    changing: bool,
) -> None:
    """By what Prefect says of its run; who waits for a fence to be lifted asks the same."""
    run = _run(*states)
    _record(aws, environment, run, Event.STARTED)
    assert is_changing(environment) is changing
    assert fences_to_go_on(environment) == []
    _record(aws, environment, run, Event.FENCED)
    found = [record.entry.flow_run_id for record in fences_to_go_on(environment)]
    assert found == ([str(run)] if changing else [])


def test_a_change_whose_end_is_recorded_is_over(aws: Aws, environment: Environment) -> None:  # noqa: F811
    """However its run fares: what follows the record changes nothing."""
    assert not is_changing(environment)
    _record(aws, environment, _run(Running()), Event.STARTED, Event.SUCCEEDED)
    assert not is_changing(environment)


def test_a_run_that_prefect_forgot_is_over(aws: Aws, environment: Environment) -> None:  # noqa: F811
    """Nothing would ever continue it."""
    run = _run(Running())
    with get_client(sync_client=True) as client:
        client.delete_flow_run(run)
    _record(aws, environment, run, Event.STARTED)
    assert not is_changing(environment)


def test_a_change_that_never_ends_is_judged_one_day(
    aws: Aws,  # noqa: F811
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run that hangs must not silence the checks for ever."""
    _record(aws, environment, _run(Running()), Event.STARTED)
    assert is_changing(environment)
    monkeypatch.setattr(going_on, "LONGEST", timedelta())
    assert not is_changing(environment)


def test_a_record_without_a_run_is_over(aws: Aws, environment: Environment) -> None:  # noqa: F811
    """What others wrote into the log stops no check."""
    log = DeploymentLog(aws, environment.aws.releases_bucket, environment.name)
    log.append(entry(Event.STARTED, run="by hand").model_copy(update={"environment": environment.name}))
    assert not is_changing(environment)


def test_an_environment_without_its_bucket_is_not_being_changed(aws: Aws) -> None:  # noqa: F811
    """Nothing was ever deployed to it."""
    assert not is_changing(load_environment("staging"))
    assert fences_to_go_on(load_environment("staging")) == []
