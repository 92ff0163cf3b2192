"""`credex config`: values of keys that only people know, typed without being shown."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer
from pydantic import SecretStr

from deployments.cli.hidden import ask_hidden
from deployments.cli.log import Env
from models.configuration import require_changeable, require_value
from models.environment import HEARTBEAT_KEY, Environment, ValueKind
from models.errors import Refused
from systems.aws.bootstrap import ensure_key
from systems.aws.parameter_versions import read_if_there, remove_parameter
from systems.aws.parameters import put_parameter, put_secret
from systems.aws.session import Aws
from systems.environments import load_environment

OUR_TOKEN = "GITHUB_TOKEN"  # noqa: S105 the name of a key

app = typer.Typer(help="The application's configuration.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="For example CLIENT_API_KEY.")]


@app.callback()
def config() -> None:
    """The application's configuration: values are typed or piped in, and never shown."""


@app.command("set")
def set_key(key: Key, env: Env) -> None:
    """Give a key its first value in SSM, or stage a new one for the scenario configuration to take."""
    environment = load_environment(env)
    parameter = _parameter(environment, key)
    aws = Aws(environment.aws.region)
    value = _ask(environment, key)
    ensure_key(aws, environment.aws.key_alias, partial(typer.echo, err=True))
    if key in _ours(environment):
        put_parameter(aws, parameter, value, key_id=environment.aws.key_alias)
        typer.echo(f"{key} of {env} is set.")
    elif put_secret(aws, parameter, value, key_id=environment.aws.key_alias).changed:
        typer.echo(f"{key} of {env} is set.")
    else:
        _stage(environment, key, value)


@app.command("discard")
def discard(key: Key, env: Env) -> None:
    """Remove a staged value that is not to be taken after all."""
    environment = load_environment(env)
    _parameter(environment, key)
    remove_parameter(Aws(environment.aws.region), environment.staged_parameter(key))
    typer.echo(f"Nothing is staged for {key} of {env}.")


@app.command("staged")
def staged(env: Env) -> None:
    """List the keys for which a new value is staged."""
    environment = load_environment(env)
    aws = Aws(environment.aws.region)
    keys = [key for key in environment.secrets if read_if_there(aws, environment.staged_parameter(key))]
    typer.echo("\n".join(keys) or f"Nothing is staged for {env}.")


def _stage(environment: Environment, key: str, value: SecretStr) -> None:
    require_changeable(environment, [key])
    aws = Aws(environment.aws.region)
    put_parameter(aws, environment.staged_parameter(key), value, key_id=environment.aws.key_alias)
    typer.echo(
        f"{key} of {environment.name} has a value already; the new one is staged. To have it taken:\n"
        f"  credex trigger configuration --env {environment.name} -p keys={key} --wait"
    )


def _parameter(environment: Environment, key: str) -> str:
    ours = _ours(environment)
    if key in ours:
        return ours[key]
    settings = environment.secrets.get(key)
    if settings is None:
        raise Refused(
            f"{environment.name} has no key {key!r}.",
            next_step=f"Choose one of {', '.join(sorted(environment.secrets))}, or {' or '.join(ours)}.",
        )
    return settings.parameter


def _ours(environment: Environment) -> dict[str, str]:
    """The keys, each with its parameter, that are not the application's: nothing is started anew for them."""
    channels = {channel.key: channel.address_parameter for channel in environment.channels}
    heartbeat = environment.heartbeat_url_parameter
    return {
        OUR_TOKEN: environment.github.token_parameter,
        **channels,
        **({HEARTBEAT_KEY: heartbeat} if heartbeat else {}),
    }


def _ask(environment: Environment, key: str) -> SecretStr:
    value = ask_hidden(key)
    settings = environment.secrets.get(key)
    require_value(key, settings.kind if settings else ValueKind.TEXT, value)
    return value
