"""`credex rollback` asks for what the person said, and no more."""

from __future__ import annotations

import sys

import pytest
from prefect import flow
from prefect.client.orchestration import get_client

from deployments.cli import main
from models.log import Event
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment
from tests.systems.aws.entries import entry

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("two_releases", "rollbacks")]

ENVIRONMENT = load_environment("development")
BACK = ["credex", "rollback", "--env", ENVIRONMENT.name, "--to", "1"]
WHY = "Members cannot log in"


@flow(name="rollback")
def rollback() -> None:
    """Stands for the scenario of this name; nobody runs it."""


@pytest.fixture
def two_releases(address: str) -> None:
    """A log of two releases that ran well."""
    aws, bucket = Aws(ENVIRONMENT.aws.region), ENVIRONMENT.aws.releases_bucket
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    log = DeploymentLog(aws, bucket, ENVIRONMENT.name)
    for run, commit in enumerate("ab"):
        ran = entry(Event.SUCCEEDED, run=str(run), commit=commit)
        log.append(ran.model_copy(update={"environment": ENVIRONMENT.name}))


@pytest.fixture
def rollbacks(prefect_api: str) -> None:
    """A server that knows the scenario's deployment."""
    with get_client(sync_client=True) as client:
        client.create_deployment(client.create_flow(rollback), "rollback")


def _asked_for(monkeypatch: pytest.MonkeyPatch, *options: str) -> dict[str, object]:
    """The request of the run that the command starts."""
    with get_client(sync_client=True) as client:
        known = {run.id for run in client.read_flow_runs()}
        monkeypatch.setattr(sys, "argv", [*BACK, *options])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        (started,) = (run for run in client.read_flow_runs() if run.id not in known)
    request: dict[str, object] = started.parameters["request"]
    return request


def test_it_crosses_a_freeze_where_it_is_said_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad release does not wait for the freeze of each midnight to end."""
    assert _asked_for(monkeypatch, "--freeze-override-reason", WHY)["freeze_override_reason"] == WHY
    assert _asked_for(monkeypatch).get("freeze_override_reason") is None


def test_a_reason_that_the_scenario_does_not_take_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While somebody sits there."""
    monkeypatch.setattr(sys, "argv", [*BACK, "--freeze-override-reason", "long" * 100])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
    assert "Parameter freeze_override_reason:" in capsys.readouterr().err
