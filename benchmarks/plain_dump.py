"""What one would write without us to back both databases up: stop them, dump them, and start them again.

Started as a program of its own with a JSON file that says where: nothing of the product is used.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

import boto3

from benchmarks.plain_deployment import DEADLINE_SECONDS

STOP_AND_DUMP = """set -eu
systemctl stop neo4j
home="${NEO4J_HOME:-/opt/neo4j}" volume="${NEO4J_DATA:-/var/lib/neo4j}"
mkdir -p "$volume/dumps"
chown --reference="$volume" "$volume/dumps"
NEO4J_CONF="$home/conf" runuser --user neo4j -- "$home/bin/neo4j-admin" database dump neo4j \
  --to-path="$volume/dumps" --overwrite-destination=true
"""


def main(settings: dict[str, Any]) -> None:
    """Dump both, and wait until both answer again."""
    ssm = boto3.client("ssm")
    stop_and_dump(ssm, settings["machines"])
    for machine in settings["machines"]:
        start(ssm, machine)
    for url in settings["bolt_urls"]:
        wait_for_port(url)


def stop_and_dump(ssm: Any, machines: list[str]) -> None:  # noqa: ANN401 boto3's clients have no type at run time
    """All at the same time; their databases stay stopped."""
    sent = {machine: _send(ssm, machine, STOP_AND_DUMP) for machine in machines}
    for machine, command in sent.items():
        _wait_for_command(ssm, machine, command)


def start(ssm: Any, machine: str) -> None:  # noqa: ANN401 boto3's clients have no type at run time
    """Start a machine's database again."""
    _send(ssm, machine, "systemctl start neo4j")


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


def _send(ssm: Any, machine: str, script: str) -> str:  # noqa: ANN401 boto3's clients have no type at run time
    """Have a machine run a script; gives the command's id."""
    document = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": [script]}}
    return str(ssm.send_command(InstanceIds=[machine], **document)["Command"]["CommandId"])


def _wait_for_command(ssm: Any, machine: str, command: str) -> None:  # noqa: ANN401 boto3's clients have no type at run time
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


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
