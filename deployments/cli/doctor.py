"""`credex doctor`: whether everything is there that a deployment will need."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from deployments.cli.log import AsJson, Env
from deployments.doctor import examine
from systems.environments import load_environment


def doctor(env: Env, as_json: AsJson = False) -> None:
    """Check tools, credentials, GitHub's rights, secrets, image and logins. Exit code 0 if all is well."""
    found = examine(load_environment(env))
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        table = Table("verdict", "check", "found", "what to do", title=f"What a deployment of {env} needs")
        for check in found.checks:
            table.add_row(check.verdict, check.name, check.detail, check.next_step)
        Console().print(table)
    raise typer.Exit(0 if found.passed else 1)
