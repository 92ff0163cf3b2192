"""Runs what stands beside our flows: a plain script, in a process of its own, told where and what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from models.environment import Environment
from models.release import Release
from systems.terraform.binary import find_terraform
from systems.terraform.cli_config import cli_variables
from systems.terraform.runner import S3Backend


def run_script(name: str, settings: Mapping[str, object], own: Mapping[str, str] | None = None) -> float:
    """Run `benchmarks.NAME` with these settings and variables; seconds from its start to its end."""
    with tempfile.TemporaryDirectory(prefix="credex-bench-") as folder:
        document = Path(folder) / "settings.json"
        document.write_text(json.dumps(settings))
        command = [sys.executable, "-m", f"benchmarks.{name}", str(document)]
        began = time.monotonic()
        subprocess.run(command, check=True, env={**os.environ, **(own or {})})
        return time.monotonic() - began


def bring_to(name: str, environment: Environment, release: Release) -> float:
    """Have `benchmarks.NAME` bring the environment to the release; seconds from its start to its end.

    Its Terraform is told where the provider is and to ask nobody for newer versions, as ours is, and no more.
    """
    with tempfile.TemporaryDirectory(prefix="credex-bench-") as temporary:
        folder = Path(temporary)
        provider = cli_variables(os.environ, Path(environment.terraform.directory))
        own = {"TF_DATA_DIR": str(folder / "terraform"), "CHECKPOINT_DISABLE": "1"}
        return run_script(name, _settings(environment, folder, release), {**provider, **own})


def _settings(environment: Environment, folder: Path, release: Release) -> dict[str, object]:
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
        "digest": release.image_digest,
    }
