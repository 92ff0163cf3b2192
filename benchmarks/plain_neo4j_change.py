"""What one would write without us to change Neo4j: stop it, dump it, apply, and wait until it answers.

Started as a program of its own with a JSON file that says where and what: nothing of the product is used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3

from benchmarks.plain_deployment import apply, initialise, outputs
from benchmarks.plain_dump import start, stop_and_dump, wait_for_port


def main(settings: dict[str, Any]) -> None:
    """Both databases are dumped at the same time; the one that is not replaced is started again."""
    ssm = boto3.client("ssm")
    initialise(settings)
    before = list(outputs(settings)["database_instance_ids"].values())
    stop_and_dump(ssm, before)
    apply(settings)
    after = outputs(settings)
    for machine in after["database_instance_ids"].values():
        if machine in before:
            start(ssm, machine)
    for name in ("ledger", "search"):
        wait_for_port(after[f"neo4j_{name}_bolt_url"])


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
