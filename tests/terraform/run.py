"""Runs the real Terraform in a folder, with the project's own choice of binary and provider source."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from systems.terraform.binary import find_terraform
from systems.terraform.runner import terraform_environment

_DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")


class Terraform:
    """The terraform command in one folder; `variables` are added to its environment."""

    def __init__(self, directory: Path, variables: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self._binary = find_terraform()
        self._environment = terraform_environment({**os.environ, **(variables or {})}, directory)

    def run(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run to the end and return what came out. `check` raises, with the errors, where it failed."""
        finished = subprocess.run(
            [*_DIES_WITH_US, self._binary, *arguments],
            cwd=self.directory,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        if check and finished.returncode != 0:
            raise AssertionError(
                f"terraform {arguments[0]} failed:\n{finished.stdout[-4000:]}{finished.stderr}"
            )
        return finished

    def evaluate(self, expression: str, *var_files: Path) -> str:
        """What the console answers for an expression, or its errors. Asks no AWS."""
        finished = subprocess.run(
            [*_DIES_WITH_US, self._binary, "console", *(f"-var-file={file}" for file in var_files)],
            cwd=self.directory,
            env=self._environment,
            input=f"{expression}\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return finished.stdout.strip()
