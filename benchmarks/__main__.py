"""`python -m benchmarks [NAME]`: run every benchmark, or one, and print a line for each."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from importlib import import_module

from benchmarks import database_reading
from benchmarks.ground import sandbox_with_development
from benchmarks.ledger import empty_ledger, grow
from benchmarks.result import Result
from models.errors import DeployError
from sandbox.settings import Profile

BENCHMARKS = {
    "application-deployment": "benchmarks.application_deployment",
    "backup": "benchmarks.backup",
    "first-task": "benchmarks.first_task",
    "hotfix": "benchmarks.hotfix",
    "neo4j-change": "benchmarks.neo4j_change",
}
"""Each is the function `run` of its module, which is imported when its sandbox is there."""

DATABASE = "database"
"""Checksum, export and memory, on a database of their own."""


def main() -> int:
    """Print a line for each benchmark; the exit code is 1 when one could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "name", nargs="?", choices=sorted([*BENCHMARKS, DATABASE]), help="One; all by default."
    )
    parser.add_argument("--pairs", type=int, default=3, help="How often each is measured.")
    parser.add_argument("--nodes", type=int, default=20_000, help="Of the database; twice as many debts.")
    asked = parser.parse_args()
    names = [asked.name] if asked.name else [*BENCHMARKS, DATABASE]
    try:
        _on_sandbox([name for name in names if name != DATABASE], asked.pairs)
        if DATABASE in names:
            _on_database(asked.nodes, asked.pairs)
    except DeployError as error:
        print(f"{error.problem}\n{error.next_step}", file=sys.stderr)
        return 1
    return 0


def _on_sandbox(names: list[str], pairs: int) -> None:
    if not names:
        return
    with sandbox_with_development() as settings:
        for name in names:
            result: Result = import_module(BENCHMARKS[name]).run(settings, pairs)
            print(replace(result, name=_in_shape(name, settings.profile)).line(), flush=True)


def _in_shape(name: str, profile: Profile) -> str:
    """A team's Prefect is another thing to measure: on PostgreSQL, with results in S3."""
    return name if profile is Profile.SINGLE else f"{name} of a {profile.value}"


def _on_database(nodes: int, pairs: int) -> None:
    """Memory first with a tenth of the data, after one run that is not counted, then with all of it."""
    with empty_ledger() as ledger:
        connection = ledger.connection
        grow(connection, nodes // 10)
        database_reading.memory(connection, nodes // 10)
        print(database_reading.memory(connection, nodes // 10), flush=True)
        grow(connection, nodes)
        print(database_reading.memory(connection, nodes), flush=True)
        print(database_reading.checksum(connection, pairs).line(), flush=True)
        print(database_reading.export(ledger, pairs).line(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
