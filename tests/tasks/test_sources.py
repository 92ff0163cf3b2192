"""Which images an environment takes from the stage before it."""

from __future__ import annotations

import pytest
from prefect.logging import disable_run_logger

from models.errors import Refused
from models.log import Event
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment
from tasks.sources import check_promotion
from tests.deployments.cli.conftest import address  # noqa: F401 the fixture
from tests.systems.aws.entries import entry, release

STAGING, PRODUCTION = load_environment("staging"), load_environment("production")
IMAGE = release().image_digest


@pytest.fixture
def log(address: str) -> DeploymentLog:  # noqa: F811
    """Staging's log, which is empty."""
    aws, bucket = Aws(STAGING.aws.region), STAGING.aws.releases_bucket
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    return DeploymentLog(aws, bucket, STAGING.name)


def _passed(log: DeploymentLog, *, tasks: int) -> None:
    ran = release().model_copy(update={"desired_count": tasks})
    log.append(entry(Event.SUCCEEDED).model_copy(update={"environment": STAGING.name, "release": ran}))


def test_an_image_passes_on_the_stage_before_once_a_task_ran_it_there(log: DeploymentLog) -> None:
    """A deployment to a stage that is scaled to none succeeds without anything of the image having run."""
    with disable_run_logger():
        _passed(log, tasks=0)
        with pytest.raises(Refused, match="never passed on staging with a task that ran it") as caught:
            check_promotion.fn(PRODUCTION, IMAGE)
        assert "scaling" in caught.value.next_step
        _passed(log, tasks=1)
        check_promotion.fn(PRODUCTION, IMAGE)
