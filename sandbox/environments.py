"""The environments' settings as they are on this sandbox, and the variables that point a process at it.

Each environment's own file is taken as it is; what is written over it are addresses, and that the stand-in
application says which task it is, as credex-core does not.
"""

from __future__ import annotations

import json
import os
import shlex
import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from models.environment import Environment
from sandbox.aws.account import ACCESS_KEY, REGION
from sandbox.network import terraform_variables
from sandbox.prefect.environment import client_variables
from sandbox.settings import PROJECT, SandboxSettings
from systems.environments import environment_names, load_environment

START_WITHIN_SECONDS = 600
"""A machine here is there at once, and installs nothing; only a busy one takes longer than ten seconds."""

SETTLES_WITHIN_SECONDS = 5
"""A task here starts within a second or two."""

TASK_IDENTITY = {"path": "/version", "key": "task_id"}
SOURCE = PROJECT / "deployments" / "environments"


def write_environments(settings: SandboxSettings) -> None:
    """Write each environment's settings, its variables for Terraform, and the file `env` to be sourced."""
    terraform = settings.home / "terraform"
    for folder in (settings.environments, terraform):
        folder.mkdir(parents=True, exist_ok=True)
    for name, octet in settings.networks.items():
        variables = terraform / f"{name}.tfvars.json"
        variables.write_text(json.dumps(terraform_variables(octet), indent=2) + "\n")
        document = tomllib.loads((SOURCE / f"{name}.toml").read_text())
        overlaid = _overlay(document, settings, variables)
        (settings.environments / f"{name}.toml").write_text(tomli_w.dumps(overlaid))
    _write_shell_file(settings)


def _overlay(document: dict[str, Any], settings: SandboxSettings, variables: Path) -> dict[str, Any]:
    terraform = document["terraform"]
    files = [*(str(PROJECT / path) for path in terraform["var_files"]), str(variables)]
    return document | {
        "terraform": terraform | {"directory": str(PROJECT / terraform["directory"]), "var_files": files},
        "service": document["service"]
        | {"task_identity": TASK_IDENTITY, "settles_within_seconds": SETTLES_WITHIN_SECONDS},
        "github": document["github"] | {"api_url": settings.github_url},
        "neo4j": document.get("neo4j", {}) | {"start_within_seconds": START_WITHIN_SECONDS},
    }


def sandbox_variables(settings: SandboxSettings) -> dict[str, str]:
    """The variables of everything that works with this sandbox: the worker, the flows, people's shells."""
    return {
        "AWS_ENDPOINT_URL": settings.aws_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CREDEX_ENVIRONMENTS_DIR": str(settings.environments),
        "CREDEX_WORK_DIR": str(settings.home / "runs"),
        "CREDEX_NEO4J_MIGRATIONS": str(settings.programs / "neo4j-migrations"),
        **client_variables(settings),
    }


def worker_variables(settings: SandboxSettings, name: str) -> dict[str, str]:
    """What a worker sees: the same, with results, Prefect's files and runs' folders in a home of its own."""
    home = settings.workers[name]
    shared = {"CREDEX_RESULTS_BUCKET": settings.results_bucket} if settings.results_bucket else {}
    own = {"PREFECT_HOME": str(home / "prefect"), "CREDEX_WORK_DIR": str(home / "runs")}
    return sandbox_variables(settings) | own | shared


STRANGERS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "PREFECT_PROFILE")
"""Variables of other accounts and servers, which must not lead a process of the sandbox out of it."""


def _write_shell_file(settings: SandboxSettings) -> None:
    exports = [f"export {name}={shlex.quote(value)}" for name, value in sandbox_variables(settings).items()]
    path = settings.home / "env"
    path.write_text("\n".join([f"unset {' '.join(STRANGERS)}", *exports, ""]))


def enter_sandbox(settings: SandboxSettings) -> None:
    """Make this process and its children work with the sandbox and nothing else."""
    for name in STRANGERS:
        os.environ.pop(name, None)
    os.environ.update(sandbox_variables(settings))


def read_environments(settings: SandboxSettings) -> list[Environment]:
    """The settings of all environments of this sandbox."""
    folder = settings.environments
    return [load_environment(name, folder) for name in environment_names(folder)]
