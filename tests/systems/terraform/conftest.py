"""A local AWS for the state, a root to run, and Terraform set up as a flow would."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from sandbox.aws.account import ACCESS_KEY
from sandbox.aws.server import LocalAws
from systems.terraform.binary import find_terraform
from systems.terraform.runner import S3Backend, Terraform, terraform_environment

REGION = "af-south-1"
SESSION = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
"""What a test itself asks of that AWS, or has there."""


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """Keeps the states; it answers Terraform in one piece, as moto's own server does not."""
    server = LocalAws(0, mends=(), reconcilers=())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def aws(local_aws: LocalAws) -> str:
    """Its address."""
    return local_aws.url


@pytest.fixture
def environment(local_aws: LocalAws, tmp_path: Path) -> dict[str, str]:
    """The variables of a worker that may use that AWS."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **local_aws.environment()}


@pytest.fixture
def backend(aws: str, request: pytest.FixtureRequest) -> S3Backend:
    """A state of this test's own, in a bucket that exists."""
    s3 = SESSION.client("s3", endpoint_url=aws)
    if not any(bucket["Name"] == "credex-state" for bucket in s3.list_buckets()["Buckets"]):
        s3.create_bucket(
            Bucket="credex-state", CreateBucketConfiguration={"LocationConstraint": "af-south-1"}
        )
    return S3Backend("credex-state", f"{request.node.name}/terraform.tfstate", REGION)


class Stack:
    """A root module written by a test, with what a run says about it."""

    def __init__(self, folder: Path, environment: dict[str, str], backend: S3Backend) -> None:
        self.root = folder / "root"
        self.root.mkdir()
        self.plan_file = folder / "plan"
        self.backend = backend
        self.lines: list[str] = []
        self.environment = environment
        self.data_dir = folder / "data"

    def write(self, body: str, file: str = "main.tf") -> None:
        """Make this the root's text; the backend is added."""
        (self.root / file).write_text(body, encoding="utf-8")
        (self.root / "backend.tf").write_text('terraform {\n  backend "s3" {}\n}\n', encoding="utf-8")

    def terraform(self) -> Terraform:
        """Terraform on this root, not yet initialised."""
        return Terraform(
            find_terraform(),
            self.root,
            data_dir=self.data_dir,
            environment=terraform_environment(self.environment, self.root),
            on_line=self.lines.append,
        )

    def ready(self) -> Terraform:
        """Terraform on this root, initialised."""
        terraform = self.terraform()
        terraform.init(self.backend)
        return terraform

    def applied(self, body: str) -> Terraform:
        """Terraform after this text was applied."""
        self.write(body)
        terraform = self.ready()
        terraform.plan([], self.plan_file, 0)
        terraform.apply(self.plan_file, 0, lambda _: None)
        return terraform


@pytest.fixture
def stack(tmp_path: Path, environment: dict[str, str], backend: S3Backend) -> Stack:
    """An empty root with a state of its own."""
    return Stack(tmp_path, environment, backend)
