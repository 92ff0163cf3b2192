"""A copy of the root module whose state is a file, ready to be planned without an AWS."""

from __future__ import annotations

import shutil

import pytest

from tests.terraform.hcl import ROOT
from tests.terraform.run import Terraform

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
