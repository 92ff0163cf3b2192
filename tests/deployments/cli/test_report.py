"""`credex report` writes the deployment page, and puts it beside the log that it tells of."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect import flow
from typer.testing import CliRunner

from deployments.cli import application
from models.errors import Refused
from models.log import Event
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment
from tasks.publishing import publish_deployment_page
from tests.systems.aws.entries import entry

BUCKET = "credex-releases-development"


@pytest.fixture
def aws(address: str) -> Aws:
    """An AWS where development was deployed once, and where nobody gave GitHub's token."""
    found = Aws("af-south-1")
    found.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    log = DeploymentLog(found, BUCKET, "development")
    for event in (Event.STARTED, Event.SUCCEEDED):
        log.append(entry(event).model_copy(update={"environment": "development"}))
    return found


def test_the_page_is_a_file_and_an_object_beside_the_log(aws: Aws, tmp_path: Path) -> None:
    """It says what it does not know for want of GitHub's token, and tells the rest."""
    file = tmp_path / "page.html"
    command = ["report", "--env", "development", "--output", str(file), "--publish"]
    result = CliRunner().invoke(application(["report"]), command)
    assert result.exit_code == 0, result.output
    stored = aws.s3.get_object(Bucket=BUCKET, Key="report/index.html")
    assert stored["ContentType"] == "text/html; charset=utf-8"
    assert "application-deployment" in file.read_text()
    assert "not known" in file.read_text()
    assert stored["Body"].read().decode()[:2000] == file.read_text()[:2000]


@pytest.mark.sandbox
@pytest.mark.usefixtures("prefect_api")
def test_a_flow_publishes_the_page(aws: Aws) -> None:
    """As the nightly backup does; that it could not would be no failure of the backup."""

    @flow
    def nightly() -> bool:
        return publish_deployment_page(load_environment("development"), return_state=True).is_completed()

    assert nightly()
    assert aws.s3.head_object(Bucket=BUCKET, Key="report/index.html")["ContentLength"] > 1000
    aws.s3.delete_object(Bucket=BUCKET, Key="log/development/000001.json")
    aws.s3.put_object(Bucket=BUCKET, Key="log/development/000001.json", Body=b"spoilt")
    assert not nightly()


def test_a_page_needs_a_place() -> None:
    result = CliRunner().invoke(application(["report"]), ["report"])
    assert isinstance(result.exception, Refused)
    assert "--output" in result.exception.next_step


@pytest.mark.usefixtures("address")
def test_what_was_never_built_has_no_page_to_publish() -> None:
    result = CliRunner().invoke(application(["report"]), ["report", "--env", "staging", "--publish"])
    assert result.exit_code == 0
    assert "Nothing was deployed to staging yet" in result.output
