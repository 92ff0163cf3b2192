"""Copies of the root module: one that needs no AWS, its state in a file, and one applied on a local AWS."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from sandbox.aws.ecs.mends import MENDS as ECS_MENDS
from sandbox.aws.load_balancer.mends import MENDS as LOAD_BALANCER_MENDS
from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.server import LocalAws
from systems.aws.bootstrap import ensure_foundation
from systems.aws.session import Aws
from tests.terraform.hcl import ROOT
from tests.terraform.run import Terraform
from tests.terraform.stack import SETTINGS, Stack, apply

_LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'


@pytest.fixture(scope="session")
def root_with_local_state(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Terraform in a copy of the root, initialised; an override file takes the place of the S3 backend."""
    directory = tmp_path_factory.mktemp("terraform") / "root"
    shutil.copytree(ROOT, directory, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    (directory / "backend_override.tf").write_text(_LOCAL_STATE, encoding="utf-8")
    terraform = Terraform(directory)
    terraform.run("init", "-input=false", "-lockfile=readonly", check=True)
    return terraform


@pytest.fixture(scope="package")
def local_aws() -> Iterator[LocalAws]:
    """A new account on a mended server; nothing is live, so databases and tasks are records alone."""
    server = LocalAws(0, mends=(*MENDS, *ECS_MENDS, *LOAD_BALANCER_MENDS), reconcilers=())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def stack(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Production, applied from nothing, with databases and without tasks."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in local_aws.environment().items():
            patch.setenv(name, value)
        aws = Aws(SETTINGS.aws.region)
        ensure_foundation(aws, SETTINGS.aws)
        yield apply(aws, tmp_path_factory.mktemp("stack") / "root")
