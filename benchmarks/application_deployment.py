"""An application deployment beside a plain script that takes the same Terraform and AWS steps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from benchmarks.flow_runs import wait_for_end
from benchmarks.ground import ENVIRONMENT, current_release
from benchmarks.result import Result, measure_pairs
from deployments.runs import prefect, start
from models.environment import Environment
from models.errors import SetUpError
from models.names import Scenario
from models.request import ApplicationDeploymentRequest
from sandbox.pushing import push_commit, push_image_everywhere
from sandbox.settings import SandboxSettings
from systems.environments import load_environment
from systems.terraform.binary import find_terraform
from systems.terraform.runner import S3Backend, terraform_environment


def run(settings: SandboxSettings, pairs: int) -> Result:
    """Deploy a new commit each time, in turn by the flow and by the script."""
    ours, beside = measure_pairs(pairs, lambda: _flow(settings), lambda: _script(settings))
    return Result("application-deployment", ours, beside, "a plain script")


def _push(settings: SandboxSettings) -> tuple[str, str]:
    commit = push_commit(settings, load_environment(ENVIRONMENT), "Benchmark")
    return commit, push_image_everywhere(settings, commit)


def _flow(settings: SandboxSettings) -> float:
    """From the POST to the final state, the worker's waiting and the process's start included."""
    commit, _ = _push(settings)
    request = ApplicationDeploymentRequest(environment=ENVIRONMENT, requester="benchmark", commit=commit)
    with prefect() as client:
        began = time.monotonic()
        run = start(client, Scenario.APPLICATION_DEPLOYMENT, request, str(uuid.uuid4()))
        ended = wait_for_end(client, run.id)
        took = time.monotonic() - began
    if ended.state is None or not ended.state.is_completed():
        raise SetUpError(f"Flow run {ended.name} failed.", next_step="Look at its page in Prefect's UI.")
    return took


def _script(settings: SandboxSettings) -> float:
    """From the start of the script's process to its end."""
    commit, digest = _push(settings)
    environment = load_environment(ENVIRONMENT)
    with tempfile.TemporaryDirectory(prefix="credex-bench-") as name:
        folder = Path(name)
        document = folder / "settings.json"
        document.write_text(json.dumps(_script_settings(environment, folder, commit, digest)))
        command = [sys.executable, "-m", "benchmarks.plain_deployment", str(document)]
        variables = terraform_environment(os.environ, Path(environment.terraform.directory))
        began = time.monotonic()
        subprocess.run(command, check=True, env=variables | {"TF_DATA_DIR": str(folder / "terraform")})
        return time.monotonic() - began


def _script_settings(environment: Environment, folder: Path, commit: str, digest: str) -> dict[str, object]:
    current = current_release(environment)
    if current is None:
        raise SetUpError(f"Nothing was deployed to {ENVIRONMENT} yet.", next_step="Build it first.")
    release = current.model_copy(update={"commit": commit, "image_digest": digest})
    variables = folder / "release.tfvars.json"
    variables.write_text(json.dumps(release.terraform_variables()))
    backend = S3Backend(environment.aws.state_bucket, environment.aws.state_key, environment.aws.region)
    files = [*map(Path, environment.terraform.var_files), variables]
    return {
        "terraform": str(find_terraform()),
        "directory": str(Path(environment.terraform.directory).resolve()),
        "backend": [f"{name}={value}" for name, value in backend.settings().items()],
        "var_files": [str(file.resolve()) for file in files],
        "plan": str(folder / "release.tfplan"),
        "digest": digest,
    }
