"""`credex report` writes the deployment page, and puts it beside the log that it tells of."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from deployments.cli import application
from models.errors import Refused
from models.log import Event
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from tests.systems.aws.entries import entry

BUCKET = "credex-releases-development"


def test_the_page_is_a_file_and_an_object_beside_the_log(address: str, tmp_path: Path) -> None:
    """GitHub's token was never given here: the page says what it does not know, and tells the rest."""
    s3 = boto3.client("s3", endpoint_url=address, region_name="af-south-1")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    log = DeploymentLog(Aws("af-south-1"), BUCKET, "development")
    for event in (Event.STARTED, Event.SUCCEEDED):
        log.append(entry(event).model_copy(update={"environment": "development"}))
    file = tmp_path / "page.html"
    command = ["report", "--env", "development", "--output", str(file), "--publish"]
    result = CliRunner().invoke(application(["report"]), command)
    assert result.exit_code == 0, result.output
    stored = s3.get_object(Bucket=BUCKET, Key="report/index.html")
    assert stored["ContentType"] == "text/html; charset=utf-8"
    assert "application-deployment" in file.read_text()
    assert "not known" in file.read_text()
    assert stored["Body"].read().decode()[:2000] == file.read_text()[:2000]


def test_a_page_needs_a_place() -> None:
    result = CliRunner().invoke(application(["report"]), ["report"])
    assert isinstance(result.exception, Refused)
    assert "--output" in result.exception.next_step


@pytest.mark.usefixtures("address")
def test_what_was_never_built_has_no_page_to_publish() -> None:
    result = CliRunner().invoke(application(["report"]), ["report", "--env", "staging", "--publish"])
    assert result.exit_code == 0
    assert "Nothing was deployed to staging yet" in result.output
