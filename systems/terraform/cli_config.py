"""The CLI configuration that Terraform runs with: where its provider comes from.

A user's own configuration is respected where its file exists. Else we write one: a local mirror that holds
the AWS provider is used if there is one on the machine, so that a run needs no registry and no download;
without one the registry is used, with one plugin cache for all runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from models.errors import SetUpError
from systems.terraform.cache import cache_dir

PROVIDER = "registry.terraform.io/hashicorp/aws"

_SOFTWARE_DIRECTORIES = (
    "/usr/local/share/terraform",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform",
    "/usr/share/terraform/plugins",
)
"""Terraform's own implied mirrors on Linux, and their parents; every folder in /opt is looked at too."""


def cli_variables(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    """The environment variables that tell Terraform where providers come from.

    `environment` is the caller's own; `root` is the root module, whose dependency lock file says which
    version of the provider is needed. Raises SetUpError where `CREDEX_TERRAFORM_MIRROR` does not hold it.
    """
    own = _users_file(environment)
    if own is not None:
        return {"TF_CLI_CONFIG_FILE": str(own)}
    mirror = find_mirror(environment, needed_version(root))
    if mirror is not None:
        return {"TF_CLI_CONFIG_FILE": str(_write(_mirror_configuration(mirror)))}
    plugins = cache_dir() / "terraform" / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    return {"TF_CLI_CONFIG_FILE": str(_write(_DIRECT)), "TF_PLUGIN_CACHE_DIR": str(plugins)}


def needed_version(root: Path) -> str | None:
    """The version of the AWS provider in the root's dependency lock file, or None where there is none."""
    lock_file = root / ".terraform.lock.hcl"
    if not lock_file.is_file():
        return None
    block = re.search(
        rf'provider "{re.escape(PROVIDER)}" \{{\s*version\s*=\s*"([^"]+)"',
        lock_file.read_text(encoding="utf-8"),
    )
    return block.group(1) if block else None


def find_mirror(environment: Mapping[str, str], version: str | None) -> Path | None:
    """The first filesystem mirror with the AWS provider for this machine, in that version (None: in any)."""
    named = environment.get("CREDEX_TERRAFORM_MIRROR")
    if named:
        if _holds_provider(Path(named), version):
            return Path(named).absolute()
        raise SetUpError(
            f"The mirror {named} does not hold {PROVIDER} {version or ''} for {_platform()}.",
            next_step="Correct CREDEX_TERRAFORM_MIRROR, or fill it with `terraform providers mirror`.",
        )
    return next((place for place in _places(environment) if _holds_provider(place, version)), None)


def _users_file(environment: Mapping[str, str]) -> Path | None:
    named = environment.get("TF_CLI_CONFIG_FILE")
    candidates = [Path(named)] if named else []
    candidates.append(_home(environment) / ".terraformrc")
    return next((file.absolute() for file in candidates if file.is_file()), None)


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or Path.home())


def _places(environment: Mapping[str, str]) -> Iterator[Path]:
    yield _home(environment) / ".terraform.d" / "plugins"
    yield from (Path(directory) for directory in _SOFTWARE_DIRECTORIES)
    try:
        yield from sorted(Path("/opt").iterdir())
    except OSError:
        return  # no such folder, or not ours to read: nothing to find there


def _holds_provider(mirror: Path, version: str | None) -> bool:
    """Whether a mirror has the provider, unpacked or packed, as Terraform lays mirrors out."""
    provider = mirror / PROVIDER
    wanted = version or "*"
    unpacked = provider.glob(f"{wanted}/{_platform()}/terraform-provider-aws*")
    packed = provider.glob(f"terraform-provider-aws_{wanted}_{_platform()}.zip")
    try:
        return any(True for _ in unpacked) or any(True for _ in packed)
    except OSError:
        return False


def _platform() -> str:
    """This machine in Terraform's words, for example linux_amd64."""
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    return f"{platform.system().lower()}_{architecture.get(machine, machine)}"


_DIRECT = "disable_checkpoint = true\n"


def _mirror_configuration(mirror: Path) -> str:
    return f"""{_DIRECT}
provider_installation {{
  filesystem_mirror {{
    path    = {_quoted(str(mirror))}
    include = [{_quoted(PROVIDER)}]
  }}
  direct {{
    exclude = [{_quoted(PROVIDER)}]
  }}
}}
"""


def _quoted(text: str) -> str:
    """The CLI configuration is HCL 1, which knows no escape of `${`, and takes a closed one as it is."""
    return json.dumps(text, ensure_ascii=False)


def _write(text: str) -> Path:
    """Write the configuration under a name made of its content, so that no run sees half a file."""
    folder = cache_dir() / "terraform"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.tfrc"
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
    return file
