"""`python -m benchmarks [NAME]`: run every benchmark, or one, and print a line for each."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks.ground import sandbox_with_development
from models.errors import DeployError

BENCHMARKS = {
    "application-deployment": "benchmarks.application_deployment",
    "first-task": "benchmarks.first_task",
}
"""Each is the function `run` of its module, which is imported when its sandbox is there."""


def main() -> int:
    """Print a line for each benchmark; the exit code is 1 when one could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="One; all by default.")
    parser.add_argument("--pairs", type=int, default=3, help="How often each is measured.")
    asked = parser.parse_args()
    names = [asked.name] if asked.name else list(BENCHMARKS)
    try:
        with sandbox_with_development() as settings:
            for name in names:
                print(import_module(BENCHMARKS[name]).run(settings, asked.pairs).line(), flush=True)
    except DeployError as error:
        print(f"{error.problem}\n{error.next_step}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
