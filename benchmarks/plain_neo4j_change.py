"""What one would write without us to change Neo4j: stop it, dump it, apply, and wait until it answers.

Started as a program of its own with a JSON file that says where and what: nothing of the product is used.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

import boto3

from benchmarks.plain_deployment import DEADLINE_SECONDS, apply, initialise, outputs

STOP_AND_DUMP = """set -eu
systemctl stop neo4j
home="${NEO4J_HOME:-/opt/neo4j}" volume="${NEO4J_DATA:-/var/lib/neo4j}"
mkdir -p "$volume/dumps"
chown --reference="$volume" "$volume/dumps"
NEO4J_CONF="$home/conf" runuser --user neo4j -- "$home/bin/neo4j-admin" database dump neo4j \
  --to-path="$volume/dumps" --overwrite-destination=true
"""


def main(settings: dict[str, Any]) -> None:
    """Both databases are dumped at the same time; the one that is not replaced is started again."""
    ssm = boto3.client("ssm")
    initialise(settings)
    before = outputs(settings)
    sent = {
        machine: send(ssm, machine, STOP_AND_DUMP) for machine in before["database_instance_ids"].values()
    }
    for machine, command in sent.items():
        wait_for_command(ssm, machine, command)
    apply(settings)
    after = outputs(settings)
    for machine in after["database_instance_ids"].values():
        if machine in sent:
            send(ssm, machine, "systemctl start neo4j")
    for name in ("ledger", "search"):
        wait_for_port(after[f"neo4j_{name}_bolt_url"])


def send(ssm: Any, machine: str, script: str) -> str:  # noqa: ANN401 boto3's clients have no type at run time
    """Have a machine run a script; gives the command's id."""
    document = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": [script]}}
    return str(ssm.send_command(InstanceIds=[machine], **document)["Command"]["CommandId"])


def wait_for_command(ssm: Any, machine: str, command: str) -> None:  # noqa: ANN401 boto3's clients have no type at run time
    """Until it has ended well."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(1)
        found = ssm.get_command_invocation(InstanceId=machine, CommandId=command)
        if found["Status"] == "Success":
            return
        if found["Status"] not in {"Pending", "InProgress", "Delayed"}:
            sys.exit(f"The dump on {machine} failed: {found['StandardErrorContent']}")
    sys.exit(f"The dump on {machine} does not end.")


def wait_for_port(url: str) -> None:
    """Until the database listens."""
    host, port = url.removeprefix("bolt://").split(":")
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(1)
        else:
            return
    sys.exit(f"Nothing listens at {url}.")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
