"""What an initial deployment takes for the environment's release after a change that came to no good end."""

from __future__ import annotations

import json

import pytest
from prefect import flow
from prefect.runtime import flow_run

from models.errors import Refused
from models.log import Event
from models.release import Release
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment
from tasks.left_serving import left_serving
from tests.systems.aws.conftest import _aws_server, _connection, aws  # noqa: F401 - fixtures
from tests.systems.aws.entries import entry
from tests.systems.aws.entries import release as release_of
from tests.systems.aws.fargate import CLUSTER, SERVICE, create_service, register

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]

ENVIRONMENT = load_environment("development")


@pytest.fixture
def log(aws: Aws) -> DeploymentLog:  # noqa: F811
    """An empty log."""
    bucket = ENVIRONMENT.aws.releases_bucket
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    return DeploymentLog(aws, bucket, ENVIRONMENT.name)


def release(commit: str, **changed: object) -> Release:
    """A release of the environment without a task: its targets are not there to be looked at."""
    idle = {"environment": ENVIRONMENT.name, "desired_count": 0}
    return release_of(commit).model_copy(update={**idle, **changed})


WHOLE, NEWER = release("a"), release("b")


def tell(log: DeploymentLog, event: Event, told: Release, run: str) -> None:
    """One record of a change to this release."""
    log.append(entry(event, run=run).model_copy(update={"environment": ENVIRONMENT.name, "release": told}))


def serve(aws: Aws, running: Release) -> None:  # noqa: F811
    """Have the service run this release, as Terraform's state says too."""
    definition = register(aws, running.image_digest)
    create_service(aws, definition, desired_count=running.desired_count)
    values = {"ecs_cluster_name": CLUSTER, "ecs_service_name": SERVICE, "task_definition_arn": definition}
    urls = dict.fromkeys(("neo4j_ledger_bolt_url", "neo4j_search_bolt_url", "api_url"), "bolt://x")
    outputs = {name: {"value": value} for name, value in {**values, **urls}.items()}
    settings = ENVIRONMENT.aws
    aws.s3.create_bucket(
        Bucket=settings.state_bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"}
    )
    state = json.dumps({"version": 4, "lineage": "testing", "serial": 1, "outputs": outputs})
    aws.s3.put_object(Bucket=settings.state_bucket, Key=settings.state_key, Body=state.encode())


@flow
def found(current: Release | None) -> Release | None:
    """What is taken for the environment's release, asked twice as the rail does."""
    first = left_serving(ENVIRONMENT, current)
    assert left_serving(ENVIRONMENT, current) == first
    return first


@pytest.mark.parametrize("ended", [True, False], ids=["failed and left", "its end unrecorded"])
def test_what_a_change_left_serving_is_kept(aws: Aws, log: DeploymentLog, ended: bool) -> None:  # noqa: F811
    """The advice to run the initial deployment, for a missing secret, must not bring an older one back."""
    tell(log, Event.SUCCEEDED, WHOLE, "good")
    tell(log, Event.STARTED, NEWER, "left")
    if ended:
        tell(log, Event.FAILED, NEWER, "left")
    serve(aws, NEWER)
    assert found(WHOLE) == NEWER


def test_what_does_not_serve_as_it_should_is_refused_with_the_way_out(
    aws: Aws,  # noqa: F811
    log: DeploymentLog,
) -> None:
    """Nobody knows then what should serve; the two scenarios that say so are named."""
    tell(log, Event.SUCCEEDED, WHOLE, "good")
    tell(log, Event.STARTED, NEWER, "left")
    serve(aws, WHOLE)
    with pytest.raises(Refused, match="Record 2 began to bring development to commit bbb") as caught:
        found(WHOLE)
    for way in ("credex rollback --env development", f"development -p commit={NEWER.commit}"):
        assert way in caught.value.next_step


@pytest.mark.parametrize(
    "begun", [WHOLE, release("b", databases={})], ids=["the same release", "other databases"]
)
def test_what_the_service_cannot_tell_from_it_takes_no_place(log: DeploymentLog, begun: Release) -> None:
    """What was put back is the last good one; of other databases the guard knows whose work they are."""
    tell(log, Event.SUCCEEDED, WHOLE, "good")
    tell(log, Event.STARTED, NEWER, "left")
    tell(log, Event.STARTED, begun, "later")
    assert found(WHOLE) == WHOLE


def test_what_came_to_a_good_end_takes_no_place(log: DeploymentLog) -> None:
    """The log says then what runs."""
    tell(log, Event.STARTED, NEWER, "failed")
    tell(log, Event.FAILED, NEWER, "failed")
    tell(log, Event.SUCCEEDED, WHOLE, "good")
    assert found(WHOLE) == WHOLE


def test_a_first_building_that_was_interrupted_goes_on(log: DeploymentLog) -> None:
    """Nothing was ever good: it is built as it was asked for."""
    tell(log, Event.STARTED, WHOLE, "interrupted")
    assert found(None) is None


@flow
def found_in_its_middle(log: DeploymentLog) -> tuple[Release | None, Release | None]:
    """What is found before and after this very run recorded its own end."""
    before = left_serving(ENVIRONMENT, WHOLE)
    tell(log, Event.SUCCEEDED, NEWER, str(flow_run.get_id()))
    return before, left_serving(ENVIRONMENT, WHOLE)


def test_a_run_that_goes_on_keeps_to_what_it_found(aws: Aws, log: DeploymentLog) -> None:  # noqa: F811
    """Its own records are no news to it: another plan would ask people anew."""
    tell(log, Event.SUCCEEDED, WHOLE, "good")
    tell(log, Event.STARTED, NEWER, "left")
    serve(aws, NEWER)
    assert found_in_its_middle(log) == (NEWER, NEWER)
