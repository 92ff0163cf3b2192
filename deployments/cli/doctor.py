"""`credex doctor`: whether everything is there that a deployment will need."""

from __future__ import annotations

import typer

from deployments.cli.log import AsJson, Env
from deployments.cli.tables import checks_table, console
from deployments.doctor import examine
from systems.environments import load_environment


def doctor(env: Env, as_json: AsJson = False) -> None:
    """Check tools, credentials, GitHub's rights, secrets, image and logins. Exit code 0 if all is well."""
    found = examine(load_environment(env))
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        console().print(checks_table(found))
        unwell = sum(not check.passed for check in found.checks)
        print(
            f"\n{unwell} of {len(found.checks)} checks of {env} did not pass."
            if unwell
            else f"\nA deployment to {env} has all that it needs."
        )
    raise typer.Exit(0 if found.passed else 1)
