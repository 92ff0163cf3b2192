"""Whether a run that goes on after a kill keeps to its plan, or plans anew."""

from __future__ import annotations

import json

import pytest
from prefect.logging import disable_run_logger

from models.change import Change
from models.log import Event
from models.names import Scenario
from models.plan import Plan, SavedPlan, StateIdentity
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment
from tasks.applying import is_fresh
from tests.deployments.cli.conftest import address  # noqa: F401 the fixture
from tests.systems.aws.entries import release

ENVIRONMENT = load_environment("development")
EMPTY = Plan(format_version="1.2", changes=[], changes_digest="0" * 64)
STATE = StateIdentity(lineage="of-testing", serial=7)


def a_change(run: str) -> Change:
    """A rollback whose plan does nothing: both releases run the same."""
    return Change(
        scenario=Scenario.ROLLBACK,
        environment=ENVIRONMENT,
        requester="Ada",
        flow_run_id=run,
        flow_run_name=f"the run {run}",
        current=None,
        release=release("b").model_copy(update={"environment": ENVIRONMENT.name}),
        saved=SavedPlan(key="plans/x", sha256=run[0] * 64, state=STATE, plan=EMPTY),
    )


@pytest.fixture
def log(address: str) -> DeploymentLog:  # noqa: F811
    """An empty log, beside a state that the plans were made against."""
    aws, settings = Aws(ENVIRONMENT.aws.region), ENVIRONMENT.aws
    for bucket in (settings.state_bucket, settings.releases_bucket):
        aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    state = json.dumps({"version": 4, "lineage": STATE.lineage, "serial": STATE.serial})
    aws.s3.put_object(Bucket=settings.state_bucket, Key=settings.state_key, Body=state.encode())
    return DeploymentLog(aws, settings.releases_bucket, ENVIRONMENT.name)


@pytest.mark.parametrize("end", [Event.SUCCEEDED, Event.UNCHANGED])
def test_a_run_that_recorded_its_good_end_goes_on_to_say_so(log: DeploymentLog, end: Event) -> None:
    """Its own record is no change by others, after which there would be nothing left to go back to."""
    ours, others = a_change("a-run"), a_change("b-run")
    with disable_run_logger():
        assert is_fresh.fn(ours)
        log.append(ours.entry(end))
        assert is_fresh.fn(ours)
        assert not is_fresh.fn(others), "what they planned from is no more"
        log.append(others.entry(Event.STARTED))
        assert not is_fresh.fn(ours), "somebody else came after it"
