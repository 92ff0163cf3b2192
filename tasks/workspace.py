"""A flow run's own place to work with Terraform: scratch folder, backend, variables, progress in the log."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect import get_run_logger
from prefect.runtime import flow_run

from models.environment import Environment
from models.release import Release
from models.root_module import told_variables
from systems.redaction import scrub
from systems.settings import Settings
from systems.terraform.binary import find_terraform
from systems.terraform.runner import S3Backend, Terraform, terraform_environment

INITIALISED = "initialised"
"""Marks a data folder that `terraform init` has finished in: once for each environment, in each run and
on each machine, is enough."""

LOCK_TIMEOUT_SECONDS = 60
"""How long an apply waits for the state's lock: our own applies do not meet there, so it is somebody else's.

Plans take no lock, so that nobody waits for a reader: whether one is still fresh is seen before its apply."""


def run_folder() -> Path:
    """This flow run's scratch folder, for this user alone."""
    folder = Settings().work_dir / str(flow_run.get_id())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_whole(path: Path, text: str) -> None:
    """Put a file in place as a whole: a process that is killed while it writes leaves the earlier one."""
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def remove_run_folder() -> None:
    """Remove this flow run's scratch folder with all that is in it."""
    shutil.rmtree(run_folder())


@contextmanager
def terraform_for(environment: Environment) -> Iterator[Terraform]:
    """Terraform in the environment's root module, initialised against its remote state.

    Raises TerraformFailed or SetUpError when initialising does not work.
    """
    logger = get_run_logger()
    root = Path(environment.terraform.directory)
    data_dir = run_folder() / "terraform" / environment.name
    terraform = Terraform(
        find_terraform(),
        root,
        data_dir=data_dir,
        environment=terraform_environment(os.environ, root),
        on_line=lambda line: logger.info("%s", scrub(line)),
    )
    if not (data_dir / INITIALISED).exists():
        terraform.init(
            S3Backend(
                bucket=environment.aws.state_bucket,
                key=environment.aws.state_key,
                region=environment.aws.region,
            )
        )
        (data_dir / INITIALISED).touch()
    yield terraform


def variable_files(environment: Environment, release: Release) -> list[Path]:
    """The environment's own variable files, then the release's, which is written here; later ones win."""
    path = run_folder() / f"release-{release.digest()[:12]}.tfvars.json"
    path.write_text(json.dumps(told_variables(release, environment.terraform.variables), indent=2))
    return [*(Path(name).resolve() for name in environment.terraform.var_files), path]
