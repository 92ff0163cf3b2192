"""Makes the plans of this folder: real JSON of a real Terraform with the real AWS provider on a stock moto.

    python -m tests.plans.make

Applies `base.tf` once, then plans each change against that state. Only what a guard reads is kept.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from systems.terraform import command
from systems.terraform.binary import find_terraform
from systems.terraform.runner import terraform_environment

HERE = Path(__file__).parent
BASE = HERE / "base.tf"
REGION = "af-south-1"
KEPT = ("format_version", "errored", "complete", "output_changes", "resource_drift")


@dataclass(frozen=True)
class Variant:
    """One change of the base: other variables, blocks taken out, text added, options of `plan`."""

    variables: dict[str, object] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    renamed: tuple[str, str] | None = None
    added: str = ""
    options: tuple[str, ...] = ("-refresh=false",)


_DATA = "aws_ebs_volume.data"
_ATTACHMENT = "aws_volume_attachment.data"
_OTHER_DIGEST = "sha256:" + "2" * 64

VARIANTS = {
    "nothing": Variant(options=()),
    "application": Variant({"image_digest": _OTHER_DIGEST}),
    "application-and-count": Variant({"image_digest": _OTHER_DIGEST, "desired_count": 3}),
    "count-of-tasks": Variant({"desired_count": 3}),
    "log-retention": Variant({"log_retention_in_days": 7}),
    "labels": Variant({"label": "green"}),
    "database-version": Variant({"neo4j_version": "2026.10.1"}),
    "instance-resized": Variant({"instance_type": "t3.large"}),
    "instance-replaced-by-ami": Variant(),
    "instance-replaced-by-request": Variant(options=("-refresh=false", "-replace=aws_instance.neo4j[0]")),
    "databases-fewer": Variant({"databases": 1}),
    "volume-deleted": Variant(without=(_DATA, _ATTACHMENT)),
    "volume-detached": Variant(without=(_ATTACHMENT,)),
    "volume-forgotten": Variant(
        without=(_DATA, _ATTACHMENT),
        added="""
removed {
  from = aws_ebs_volume.data
  lifecycle {
    destroy = false
  }
}
removed {
  from = aws_volume_attachment.data
  lifecycle {
    destroy = false
  }
}
""",
    ),
    "volume-moved": Variant(
        renamed=("data", "ledger"),
        added="moved {\n  from = aws_ebs_volume.data\n  to   = aws_ebs_volume.ledger\n}\n"
        "moved {\n  from = aws_volume_attachment.data\n  to   = aws_volume_attachment.ledger\n}\n",
    ),
    "bucket-deleted": Variant(without=("aws_s3_bucket.backups", "aws_s3_bucket_versioning.backups")),
    "versioning-suspended": Variant({"versioning": "Suspended"}),
    "bucket-imported": Variant(
        added='import {\n  to = aws_s3_bucket.state\n  id = "credex-state"\n}\n'
        'resource "aws_s3_bucket" "state" {\n  bucket = "credex-state"\n}\n',
    ),
    "targeted": Variant(
        {"log_retention_in_days": 7},
        options=("-refresh=false", "-target=aws_cloudwatch_log_group.service"),
    ),
    "service-deleted": Variant(without=("aws_ecs_service.this",)),
}


def main() -> None:
    """Write one file for each variant, and the plan from nothing."""
    with _cloud() as address, tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        environment = terraform_environment(_environment(address), root)
        given, other_image = _prepared(address)
        terraform = _Terraform(root, environment)
        shutil.copy(BASE, root / "main.tf")
        terraform.run("init")
        _write("create-all", terraform.plan(given, ()))
        terraform.run("apply", "plan")
        for name, variant in VARIANTS.items():
            (root / "main.tf").write_text(_changed(BASE.read_text(encoding="utf-8"), variant), "utf-8")
            other = {"ami": other_image} if name == "instance-replaced-by-ami" else {}
            _write(name, terraform.plan(given | variant.variables | other, variant.options))


class _Terraform:
    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self._root, self._environment, self._binary = root, environment, str(find_terraform())

    def run(self, *arguments: str) -> str:
        """The output of a command that has to succeed."""
        line = [self._binary, arguments[0], "-no-color", *arguments[1:]]
        finished = command.run(command.Command(line, self._root, self._environment, 600))
        if finished.exit_code != 0:
            raise RuntimeError(finished.stdout + finished.stderr)
        return finished.stdout

    def plan(self, variables: dict[str, object], options: tuple[str, ...]) -> dict[str, object]:
        """The JSON of a plan with these variables."""
        values = [f"-var={name}={value}" for name, value in variables.items()]
        self.run("plan", "-out=plan", "-input=false", "-lock=false", *values, *options)
        document: dict[str, object] = json.loads(self.run("show", "-json", "plan"))
        return document


def _changed(base: str, variant: Variant) -> str:
    for address in variant.without:
        kind, name = address.split(".")
        base = re.sub(rf'resource "{kind}" "{name}" {{\n.*?\n}}\n', "", base, flags=re.DOTALL)
    if variant.renamed:
        old, new = variant.renamed
        base = base.replace(f'" "{old}" {{', f'" "{new}" {{').replace(f"volume.{old}.", f"volume.{new}.")
    return base + variant.added


def _write(name: str, document: dict[str, object]) -> None:
    kept = {part: document[part] for part in KEPT if part in document}
    changes: Any = document["resource_changes"]
    kept["resource_changes"] = [
        change
        for change in changes
        if change["change"]["actions"] != ["no-op"]
        or "importing" in change["change"]
        or "previous_address" in change
    ]
    text = json.dumps(kept, indent=1, sort_keys=True)
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


@contextmanager
def _cloud() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _environment(address: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    place = {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "AWS_ENDPOINT_URL": address}
    return {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **keys, **place}


def _prepared(address: str) -> tuple[dict[str, object], str]:
    """What has to be there first: the variables that name it, and a second machine image."""
    session = boto3.Session("testing", "testing", region_name=REGION)
    session.client("s3", endpoint_url=address).create_bucket(
        Bucket="credex-state", CreateBucketConfiguration={"LocationConstraint": "af-south-1"}
    )
    ec2 = session.client("ec2", endpoint_url=address)
    images = [
        ec2.register_image(Name=name, RootDeviceName="/dev/xvda")["ImageId"] for name in ("first", "second")
    ]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    return {"ami": images[0], "subnet": subnet}, images[1]


if __name__ == "__main__":
    main()
