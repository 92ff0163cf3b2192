"""Makes the plans of this folder: real JSON of a real Terraform on the sandbox's AWS.

    python -m tests.plans.make [NAME ...]

Applies `base.tf` once, then plans each of `variants` against that state. Only what a guard reads is kept.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import boto3

from models.errors import TerraformFailed
from sandbox.aws.account import ACCESS_KEY, REGION
from sandbox.aws.local import ALL_MENDS
from sandbox.aws.server import LocalAws
from systems.processes import command
from systems.terraform.binary import find_terraform
from systems.terraform.runner import terraform_environment
from tests.plans.variants import VARIANTS

HERE = Path(__file__).parent
BASE = HERE / "base.tf"
KEPT = ("format_version", "errored", "complete", "output_changes", "resource_drift")
OF_UNCHANGED = {
    "aws_ebs_volume": ("id", "iops", "size", "throughput", "type"),
    "aws_ecs_service": ("desired_count", "launch_type", "task_definition"),
    "aws_ecs_task_definition": ("arn", "cpu", "memory"),
    "aws_instance": ("id", "instance_type", "root_block_device"),
    "aws_volume_attachment": ("instance_id", "volume_id"),
}
"""Attributes that are kept of resources that a plan leaves as they are."""


def main(names: list[str]) -> None:
    """Write one file for each variant, or for those named; the plan from nothing is always among them."""
    base = BASE.read_text(encoding="utf-8")
    wanted = {name: (VARIANTS[name], VARIANTS[name].applied_to(base)) for name in names or VARIANTS}
    with _cloud() as aws, tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        whose = {name: os.environ[name] for name in ("PATH", "HOME")}
        terraform = _Terraform(root, terraform_environment(whose | aws.environment(), root))
        given, others = _prepared(aws.url)
        (root / "main.tf").write_text(base, "utf-8")
        terraform.run("init")
        _write("create-all", terraform.plan(given, ()))
        terraform.run("apply", "plan")
        for name, (variant, changed) in wanted.items():
            (root / "main.tf").write_text(changed, "utf-8")
            named = {name: others[name] for name in variant.named}
            _write(name, terraform.plan(given | variant.variables | named, variant.options))


class _Terraform:
    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self._root, self._environment, self._binary = root, environment, str(find_terraform())

    def run(self, *arguments: str) -> str:
        """The output of a command that has to succeed."""
        line = [self._binary, arguments[0], "-no-color", *arguments[1:]]
        finished = command.run(
            command.Command(line, self._root, self._environment, 600, "Terraform", TerraformFailed)
        )
        if finished.exit_code != 0:
            raise RuntimeError(finished.stdout + finished.stderr)
        return finished.stdout

    def plan(self, variables: dict[str, object], options: tuple[str, ...]) -> dict[str, object]:
        """The JSON of a plan with these variables."""
        values = [f"-var={name}={value}" for name, value in variables.items()]
        self.run("plan", "-out=plan", "-input=false", "-lock=false", *values, *options)
        document: dict[str, object] = json.loads(self.run("show", "-json", "plan"))
        return document


def _write(name: str, document: dict[str, object]) -> None:
    kept = {part: document[part] for part in KEPT if part in document}
    changes: Any = document["resource_changes"]
    lines = ",\n".join(_line(change) for change in map(_shortened, changes) if change)
    head = json.dumps(kept, sort_keys=True)[:-1]
    (HERE / f"{name}.json").write_text(f'{head}, "resource_changes": [\n{lines}\n]}}\n', encoding="utf-8")


def _line(change: dict[str, Any]) -> str:
    """One change a line: a change of these files is then a line of a difference."""
    return json.dumps(change, sort_keys=True, separators=(",", ":"))


def _shortened(change: dict[str, Any]) -> dict[str, Any] | None:
    """A change as it is; of what does not change only what a guard or a bill needs of it."""
    if (
        change["change"]["actions"] != ["no-op"]
        or "importing" in change["change"]
        or "previous_address" in change
    ):
        return change
    if change["type"] not in OF_UNCHANGED:
        return None
    names = OF_UNCHANGED[change["type"]]
    states = {
        when: {name: change["change"][when].get(name) for name in names} for when in ("before", "after")
    }
    identity = {part: change[part] for part in ("address", "type", "provider_name", "mode")}
    return identity | {"change": {"actions": ["no-op"], **states}}


@contextmanager
def _cloud() -> Iterator[LocalAws]:
    """The sandbox's AWS, on which nothing is live: machines and tasks are records alone."""
    server = LocalAws(0, mends=ALL_MENDS, reconcilers=())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _prepared(address: str) -> tuple[dict[str, object], dict[str, object]]:
    """What has to be there first: the variables that name it, and other values for some of them."""
    session = boto3.Session(ACCESS_KEY, ACCESS_KEY, region_name=REGION)
    session.client("s3", endpoint_url=address).create_bucket(
        Bucket="credex-state", CreateBucketConfiguration={"LocationConstraint": "af-south-1"}
    )
    ec2 = session.client("ec2", endpoint_url=address)
    first, second = (
        ec2.register_image(Name=name, RootDeviceName="/dev/xvda")["ImageId"] for name in ("first", "second")
    )
    subnet = ec2.describe_subnets()["Subnets"][0]
    key = session.client("kms", endpoint_url=address).create_key()["KeyMetadata"]["Arn"]
    here, there = (_addresses(subnet["CidrBlock"], first) for first in (10, 20))
    given: dict[str, object] = {
        "ami": first,
        "own_disk_ami": first,
        "subnet": subnet["SubnetId"],
        "private_ips": here,
        "other_key": key,
    }
    return given, {"ami": second, "own_disk_ami": second, "private_ips": there}


def _addresses(network: str, first: int) -> str:
    """Two addresses of a network, as Terraform takes a list on its command line."""
    return json.dumps([str(ip_network(network)[first + index]) for index in range(2)])


if __name__ == "__main__":
    main(sys.argv[1:])
