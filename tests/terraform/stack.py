"""The root module, applied on the local AWS with production's values and shared by the tests that ask it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.network import terraform_variables
from systems.aws.session import Aws
from systems.environments import load_environment
from tests.terraform.hcl import ROOT
from tests.terraform.run import Terraform
from tests.terraform.values import release

ENVIRONMENT = "production"
NETWORK = terraform_variables(213) | {"database_termination_protection": False}
"""The local AWS forgets this protection when it starts an instance, and every plan would ask for it again."""

SETTINGS = load_environment(ENVIRONMENT, ROOT.parent / "deployments" / "environments")


@dataclass(frozen=True)
class Stack:
    """An environment that was applied, and where its var files are."""

    terraform: Terraform
    aws: Aws
    var_files: list[Path]

    def arguments(self, release_values: dict[str, object]) -> list[str]:
        """Arguments of plan and apply for a release."""
        file = self.terraform.directory / "release.tfvars.json"
        file.write_text(json.dumps(release_values), encoding="utf-8")
        return ["-input=false", *(f"-var-file={path}" for path in [*self.var_files, file])]

    def outputs(self) -> dict[str, Any]:
        """The outputs' values by name."""
        document = json.loads(self.terraform.run("output", "-json", check=True).stdout)
        return {name: output["value"] for name, output in document.items()}

    def changes(
        self, release_values: dict[str, object], *options: str
    ) -> dict[str, tuple[list[str], set[str]]]:
        """What a plan of a release would do: by address, the actions and the attributes that differ.

        `options` are further ones of `terraform plan`; what AWS holds is looked at by one test alone.
        """
        plan = self.terraform.directory / "saved.tfplan"
        self.terraform.run("plan", f"-out={plan}", *options, *self.arguments(release_values), check=True)
        document = json.loads(self.terraform.run("show", "-json", str(plan), check=True).stdout)
        changes = [item for item in document["resource_changes"] if item["change"]["actions"] != ["no-op"]]
        return {item["address"]: (item["change"]["actions"], _differing(item["change"])) for item in changes}


def apply(aws: Aws, directory: Path) -> Stack:
    """Production in this folder, applied from nothing, with databases and without tasks."""
    shutil.copytree(ROOT, directory, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    overlay = directory / "overlay.tfvars.json"
    overlay.write_text(json.dumps(NETWORK), encoding="utf-8")
    stack = Stack(Terraform(directory), aws, [directory / "environments" / f"{ENVIRONMENT}.tfvars", overlay])
    backend = {
        "bucket": SETTINGS.aws.state_bucket,
        "key": SETTINGS.aws.state_key,
        "region": SETTINGS.aws.region,
    }
    configuration = [f"-backend-config={name}={value}" for name, value in backend.items()]
    stack.terraform.run("init", "-input=false", *configuration, check=True)
    initial = release(ENVIRONMENT, desired_count=0)
    stack.terraform.run("apply", "-auto-approve", *stack.arguments(initial), check=True)
    return stack


def _differing(change: dict[str, Any]) -> set[str]:
    before, after = change["before"] or {}, change["after"] or {}
    unknown = {name for name, value in (change["after_unknown"] or {}).items() if value is True}
    return unknown | {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
