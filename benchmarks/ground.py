"""The ground that benchmarks run on: the sandbox that runs already, or one of their own for the time being.

Prefect is not imported here: it takes its settings from what the process's environment is at that moment.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.environment import Environment
from models.errors import SetUpError
from models.release import Release
from sandbox.environments import enter_sandbox
from sandbox.lifecycle import reset, up
from sandbox.ports import free_ports
from sandbox.record import read_record
from sandbox.settings import SandboxSettings
from systems.aws.bootstrap import owns_bucket
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment

ENVIRONMENT = "development"
_NETWORKS = {"development": 140, "staging": 150, "production": 160}


@contextmanager
def sandbox_with_development() -> Iterator[SandboxSettings]:
    """A sandbox on which development is built, with this process pointed at it."""
    with _sandbox() as settings:
        enter_sandbox(settings)
        build(ENVIRONMENT)
        yield settings


@contextmanager
def _sandbox() -> Iterator[SandboxSettings]:
    record = read_record(SandboxSettings().home)
    if record is not None and record.alive():
        yield record.settings
        return
    aws, github, server, postgres = free_ports(4)
    with tempfile.TemporaryDirectory(prefix="credex-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's user passes through
        settings = SandboxSettings(
            home=Path(folder) / "sandbox",
            aws_port=aws,
            github_port=github,
            prefect_port=server,
            postgres_port=postgres,
            networks=_NETWORKS,
            ends_with_starter=True,
        )
        try:
            up(settings, lambda _part: None)
            yield settings
        finally:
            reset(settings)


def current_release(environment: Environment) -> Release | None:
    """What the environment is by its log; None where nothing was deployed to it yet."""
    aws = Aws(environment.aws.region)
    if not owns_bucket(aws, environment.aws.releases_bucket):
        return None
    return DeploymentLog(aws, environment.aws.releases_bucket, environment.name).current_release()


def released(name: str = ENVIRONMENT) -> Release:
    """What the environment is by its log; raises SetUpError where that is nothing."""
    release = current_release(load_environment(name))
    if release is None:
        raise SetUpError(f"Nothing was deployed to {name} yet.", next_step="Build it first.")
    return release


def build(name: str) -> None:
    """Have an initial deployment, where there was none; raises SetUpError where it does not succeed."""
    if current_release(load_environment(name)) is not None:
        return
    credex = Path(sys.executable).with_name("credex")
    command = [str(credex), "trigger", "initial-deployment", "--env", name, "--wait"]
    if subprocess.run(command, check=False).returncode != 0:
        raise SetUpError(
            f"{name} could not be built, so nothing can be measured on it.",
            next_step="Look at the flow run named above.",
        )
