"""`credex approver add`: the secret from which an approver's authenticator app makes one-time codes."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated

import segno
import typer

from deployments.cli.log import Env
from models.environment import ApproverSettings, Environment
from models.errors import Refused
from systems.aws.bootstrap import ensure_key
from systems.aws.parameters import put_parameter, put_secret
from systems.aws.session import Aws
from systems.environments import load_environment
from systems.one_time_codes import enrolment_uri, new_secret

app = typer.Typer(help="Who may approve, and the secrets of their one-time codes.", no_args_is_help=True)


@app.callback()
def approver() -> None:
    """Who may approve is said by the environment's TOML file; their secrets are made here."""


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The approver's name, as in the environment's TOML file.")],
    env: Env,
    replace: Annotated[
        bool, typer.Option("--replace", help="Make a new secret, for example for a lost telephone.")
    ] = False,
) -> None:
    """Make an approver's secret and show it once, to be scanned with their authenticator app."""
    environment = load_environment(env)
    found = _approver(environment, name)
    if not sys.stdout.isatty():
        raise Refused(
            "The secret is shown on a terminal alone, so that no file or log keeps it.",
            next_step="Run this by hand, with the approver beside you.",
        )
    secret, aws, key = new_secret(), Aws(environment.aws.region), environment.aws.key_alias
    ensure_key(aws, key, partial(typer.echo, err=True))
    write = put_parameter if replace else put_secret
    if not write(aws, found.code_parameter, secret, key_id=key).changed:
        raise Refused(
            f"{found.name} has a secret for {env} already; it was not changed.",
            next_step="With --replace a new one takes its place, and the old one's codes are worth nothing.",
        )
    uri = enrolment_uri(secret, found.name, env)
    segno.make(uri, micro=False).terminal(compact=True)
    typer.echo(
        f"{uri}\n\nScan or type this into the authenticator app of {found.name}; it is not shown again."
    )


def _approver(environment: Environment, name: str) -> ApproverSettings:
    found = environment.approval.approver(name)
    if found is None:
        known = ", ".join(item.name for item in environment.approval.approvers) or "nobody yet"
        raise Refused(
            f"{name} is no approver of {environment.name}.",
            next_step=f"Add [[approval.approvers]] with the name and a code_parameter to its TOML file; "
            f"there are: {known}.",
        )
    return found
