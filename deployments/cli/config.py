"""`credex config set`: the first value of a key that only people know, typed without being shown."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer
from pydantic import SecretStr

from deployments.cli.log import Env
from models.environment import Environment
from models.errors import Refused
from systems.aws.bootstrap import ensure_key
from systems.aws.parameters import put_secret
from systems.aws.session import Aws
from systems.environments import load_environment

_NOT_A_VALUE = re.compile(r"(?i)^(arn:.*|\$\{.*\}|placeholder|changeme|todo|xxx+|not available yet|<.*>)$")
"""What credex-core was once given in place of a value."""

app = typer.Typer(help="The application's configuration.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """The application's configuration: values are typed or piped in, and never shown."""


@app.command("set")
def set_key(key: Annotated[str, typer.Argument(help="For example CLIENT_API_KEY.")], env: Env) -> None:
    """Give a key its first value in SSM. A value that is there already is not changed."""
    environment = load_environment(env)
    parameter = _parameter(environment, key)
    value = _ask(key)
    aws = Aws(environment.aws.region)
    ensure_key(aws, environment.aws.key_alias)
    stored = put_secret(aws, parameter, SecretStr(value), key_id=environment.aws.key_alias)
    if not stored.changed:
        raise Refused(
            f"{key} of {env} has a value already; it was not changed.",
            next_step="The application's first values are set here; ask a maintainer to change a later one.",
        )
    typer.echo(f"{key} of {env} is set.")


def _parameter(environment: Environment, key: str) -> str:
    settings = environment.secrets.get(key)
    if settings is None and key != "GITHUB_TOKEN":
        raise Refused(
            f"{environment.name} has no key {key!r}.",
            next_step=f"Choose one of {', '.join(sorted(environment.secrets))}, or GITHUB_TOKEN.",
        )
    return settings.parameter if settings else environment.github.token_parameter


def _ask(key: str) -> str:
    value = typer.prompt(key, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    stripped = str(value).strip()
    if not stripped or _NOT_A_VALUE.match(stripped):
        raise Refused(f"That is no value for {key}.", next_step="Give the real one; nothing was changed.")
    return stripped
