"""The action `image`, its steps run as a runner does: the AWS command line is real, Docker is not."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.images import ensure_repository
from tests.deployments.cli.ci_steps import PROJECT, Job

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive]

COMMIT, ANOTHER = "c" * 40, "d" * 40
STAGING, PRODUCTION = "credex-core-staging", "credex-core-production"


@pytest.fixture
def tools(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A local AWS with both repositories, and docker on the PATH; the file of docker's calls."""
    for repository in (STAGING, PRODUCTION):
        ensure_repository(boto3.client("ecr", endpoint_url=address), repository)
    programs = tmp_path / "programs"
    programs.mkdir()
    docker = programs / "docker"
    docker.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.deployments.cli.docker_stand_in "$@"\n')
    docker.chmod(0o700)
    calls = tmp_path / "calls"
    calls.touch()
    monkeypatch.setenv("PATH", f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setenv("DOCKER_CALLS", str(calls))
    return calls


def image(folder: Path, **inputs: str) -> tuple[int, str, str]:
    """Exit code, log and digest of a job."""
    job = Job("image", folder, {name.replace("_", "-"): value for name, value in inputs.items()})
    code, log = job.run("Build and push")
    assert list(job.temp.iterdir()) == [], "the registry's password was left behind"
    return code, log, job.outputs.get("digest", "")


def calls(file: Path) -> list[dict[str, Any]]:
    """Docker's calls, and forget them."""
    found = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("")
    return found


def test_a_commit_is_built_once_and_goes_on_as_it_passed(tools: Path, tmp_path: Path) -> None:
    """A second run takes what is there; production gets staging's image, byte for byte, and no other."""
    code, log, built = image(tmp_path / "1", repository=STAGING, commit=COMMIT)
    assert code == 0, log
    login, build = calls(tools)
    assert login["typed"]
    assert login["typed"] not in str(login["arguments"]) + log
    assert {"--provenance=false", "--push", "linux/amd64"} <= set(build["arguments"])

    assert image(tmp_path / "2", repository=STAGING, commit=COMMIT)[::2] == (0, built)
    assert calls(tools) == []

    promoted = {"repository": PRODUCTION, "from_repository": STAGING}
    code, log, copied = image(tmp_path / "3", commit=COMMIT, **promoted)
    assert (code, copied) == (0, built), log
    assert "--prefer-index=false" in calls(tools)[1]["arguments"]

    code, log, _ = image(tmp_path / "4", commit=ANOTHER, **promoted)
    assert code == 1
    assert f"{ANOTHER} has no image in {STAGING}" in log
    assert calls(tools) == []
