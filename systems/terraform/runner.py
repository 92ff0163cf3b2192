"""Terraform's commands, typed: what the rail asks of it, and the exceptions it may meet.

python-terraform builds the command lines; running them is ours, because its own runner buffers and logs whole
outputs, which may hold secrets, and cannot be interrupted in order.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import python_terraform

from models.errors import TerraformFailed
from models.plan import StateIdentity
from systems.processes import command
from systems.redaction import scrub as scrub_known_secrets
from systems.terraform.cli_config import cli_variables
from systems.terraform.diagnostics import Scrub, errors_in, to_exception
from systems.terraform.progress import sentence

_Options = dict[str, object]
_FLAG = python_terraform.IsFlagged
_HAS_CHANGES = 2

_INIT_SECONDS = 900.0
_LOOK_SECONDS = 300.0
_PLAN_SECONDS = 1800.0
APPLY_SECONDS = 3 * 3600.0

_LESS_COLLECTION = {"GOGC": "400"}
"""Each command reads the AWS provider's large schema; collecting garbage is a fifth of what that costs."""


@dataclass(frozen=True)
class S3Backend:
    """Where the state is kept. The lock is a file beside it.

    `kms_key` (ARN) encrypts the state; without one the bucket's own default encryption does. Asking for
    encryption without a key would override that default with S3's own key.
    """

    bucket: str
    key: str
    region: str
    kms_key: str | None = None

    def settings(self) -> dict[str, str]:
        """The backend block's arguments, as `-backend-config` takes them."""
        settings = {
            "bucket": self.bucket,
            "key": self.key,
            "region": self.region,
            "use_lockfile": "true",
        }
        return settings | ({"encrypt": "true", "kms_key_id": self.kms_key} if self.kms_key else {})


@dataclass(frozen=True)
class PlanResult:
    """Whether a plan would change anything, outputs included."""

    has_changes: bool


def terraform_environment(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    """The variables that Terraform runs with: the caller's, without those that would change what it does.

    Left out are all `TF_*` (variables, added arguments, traces that would log secrets, a workspace);
    providers come from where `cli_config` says. `root` is the root module.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith("TF_")}
    own = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
    return _LESS_COLLECTION | kept | own | cli_variables(environment, root)


def _lock_options(timeout_seconds: int | None) -> _Options:
    return {"lock": "false"} if timeout_seconds is None else {"lock_timeout": f"{timeout_seconds}s"}


class Terraform:
    """One root module with one data folder: make one for each run.

    `environment` is complete (see `terraform_environment`); `on_line` gets sentences for people, `scrub`
    strikes known secrets out of whatever is said.
    """

    def __init__(
        self,
        binary: Path,
        directory: Path,
        *,
        data_dir: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        scrub: Scrub = scrub_known_secrets,
    ) -> None:
        self._directory = directory.absolute()
        self._environment = {**environment, "TF_DATA_DIR": str(data_dir.absolute())}
        self._on_line = on_line
        self._scrub = scrub
        self._builder = python_terraform.Terraform(
            working_dir=str(data_dir.absolute()), terraform_bin_path=str(binary)
        )

    def init(self, backend: S3Backend) -> None:
        """Connect to the state and get the provider. Raises SetUpError where either cannot be had."""
        options: _Options = {"backend_config": backend.settings(), "reconfigure": _FLAG}
        if (self._directory / ".terraform.lock.hcl").is_file():
            options["lockfile"] = "readonly"
        with self._plugin_cache():
            self._tell_and_run("init", [], options, _INIT_SECONDS)

    def validate(self) -> None:
        """Check the configuration alone. Raises TerraformFailed with the first error's file and line."""
        self._run("validate", [], {"json": _FLAG, "no_color": _FLAG})

    def plan(self, var_files: Sequence[Path], out: Path, lock_timeout_seconds: int | None) -> PlanResult:
        """Plan into the file `out`, which holds secrets; None plans without taking the state's lock.

        Raises StateLocked when the lock stays taken.
        """
        options: _Options = {
            "var_file": [str(file.absolute()) for file in var_files],
            "out": str(out.absolute()),
            "detailed_exitcode": _FLAG,
            **_lock_options(lock_timeout_seconds),
        }
        finished = self._tell_and_run("plan", [], options, _PLAN_SECONDS + (lock_timeout_seconds or 0))
        return PlanResult(has_changes=finished.exit_code == _HAS_CHANGES)

    def show(self, plan_file: Path) -> dict[str, object]:
        """The plan as JSON, secrets in clear: only `plan_reader` may see it."""
        return _document(self._run("show", [str(plan_file.absolute())], {"json": _FLAG}).stdout)

    def apply(self, plan_file: Path, lock_timeout_seconds: int, on_start: Callable[[int], None]) -> None:
        """Apply a saved plan. `on_start` gets Terraform's process id as soon as there is one.

        Terraform goes on to the plan's end when this process is killed.

        Raises StalePlan if the state changed since, StateLocked when the lock stays taken.
        """
        options: _Options = {"lock_timeout": f"{lock_timeout_seconds}s"}
        timeout = APPLY_SECONDS + lock_timeout_seconds
        self._tell_and_run("apply", [str(plan_file.absolute())], options, timeout, on_start)

    def outputs(self) -> dict[str, object]:
        """The values of all outputs, by name; sensitive ones included."""
        document = _document(self._run("output", [], {"json": _FLAG, "no_color": _FLAG}).stdout)
        return {name: output["value"] for name, output in document.items() if isinstance(output, dict)}

    def state_identity(self) -> StateIdentity:
        """Which state there is now; lineage None and serial 0 before the first apply."""
        pulled = self._run("state pull", [], {}).stdout
        state = _document(pulled) if pulled.strip() else {}
        return StateIdentity.model_validate(
            {"lineage": state.get("lineage") or None, "serial": state.get("serial", 0)}
        )

    def force_unlock(self, lock_id: str) -> None:
        """Remove a lock. Only for one that was judged to be ours and gone (see `orphan`)."""
        self._run("force-unlock", [lock_id], {"force": _FLAG, "no_color": _FLAG})

    def _tell_and_run(
        self,
        name: str,
        arguments: Sequence[str],
        options: _Options,
        timeout_seconds: float,
        on_start: Callable[[int], None] = command.ignore,
    ) -> command.Finished:
        """Run with the machine-readable UI, whose events become sentences while they happen."""
        everything = {**options, "json": _FLAG, "input": False, "no_color": _FLAG}
        line = self._builder.generate_cmd_string(name, *arguments, **everything)
        told = replace(self._command(line, timeout_seconds), outlives=name == "apply")
        return self._checked(name, command.run(told, self._tell, on_start))

    def _run(self, name: str, arguments: Sequence[str], options: _Options) -> command.Finished:
        """Run a command that only looks, or does a small thing."""
        line = self._builder.generate_cmd_string(name, *arguments, **options)
        return self._checked(name, command.run(self._command(line, _LOOK_SECONDS)))

    def _command(self, line: list[str], timeout_seconds: float) -> command.Command:
        return command.Command(
            line, self._directory, self._environment, timeout_seconds, "Terraform", TerraformFailed
        )

    def _checked(self, name: str, finished: command.Finished) -> command.Finished:
        """Only `plan` ends with 2, when there are changes."""
        if finished.exit_code == 0 or (name == "plan" and finished.exit_code == _HAS_CHANGES):
            return finished
        errors = errors_in(finished.stdout, finished.stderr)
        raise to_exception(f"terraform {name}", errors, self._scrub)

    def _tell(self, line: str) -> None:
        told = sentence(line)
        if told is not None:
            self._on_line(self._scrub(told))

    @contextmanager
    def _plugin_cache(self) -> Iterator[None]:
        """Terraform's shared plugin cache bears one writer at a time; we see to that."""
        folder = self._environment.get("TF_PLUGIN_CACHE_DIR")
        if folder is None:
            yield
            return
        with (Path(folder) / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _document(text: str) -> dict[str, object]:
    """Parse an answer, never quoting it."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise TerraformFailed(
            "Terraform answered something other than the JSON that it documents.",
            next_step="Check that the version found by `credex doctor` is a supported one.",
        )
    return document
