"""Keeps the application's configuration in step: SSM, where the tasks read it, and the GitHub Environment.

Values are read, generated and written inside a step; none is a parameter or a result.
"""

from __future__ import annotations

import secrets

from github.Repository import Repository
from prefect import get_run_logger
from pydantic import SecretStr

from models.environment import Environment, SecretSettings, SecretSource
from models.errors import Refused
from models.names import DatabaseName
from models.outputs import Outputs
from systems.aws.parameter_versions import read_if_there
from systems.aws.parameters import (
    describe_parameters,
    missing,
    put_parameter,
    put_secret,
    read_parameters,
)
from systems.aws.session import Aws
from systems.github.environment_secrets import list_secrets, put_secrets
from systems.neo4j.bolt_url import BoltUrl
from systems.redaction import remember_secrets
from tasks.access import open_repository
from tasks.steps import look, step

GENERATED_BYTES = 32
"""256 bits: as strong as the strongest thing it protects."""


@step("Prepare the secrets that the databases and the application start with", "Prepare the first secrets")
def prepare_secrets(environment: Environment) -> list[str]:
    """Generate what may be generated and is not there yet; gives the names of the new ones.

    Raises Refused, naming them, for values that only an operator can give and that are not there.
    """
    aws = Aws(environment.aws.region)
    absent = set(missing(aws, [setting.parameter for setting in environment.secrets.values()]))
    lacking = [
        key
        for key, setting in environment.secrets.items()
        if setting.source is SecretSource.OPERATOR and setting.parameter in absent
    ]
    if lacking:
        raise Refused(
            f"Nobody has set {', '.join(lacking)} for {environment.name} yet.",
            next_step=f"Set each with: credex config set KEY --env {environment.name} (it asks for it).",
        )
    created = []
    for key, setting in environment.secrets.items():
        value = _first_value(setting)
        if value is not None and setting.parameter in absent:
            put_secret(aws, setting.parameter, value, key_id=environment.aws.key_alias)
            created.append(key)
    get_run_logger().info("New in SSM: %s.", ", ".join(created) or "nothing")
    return created


def _first_value(setting: SecretSettings) -> SecretStr | None:
    if setting.source is SecretSource.GENERATED:
        return SecretStr(secrets.token_urlsafe(GENERATED_BYTES))
    if setting.source is SecretSource.FIXED:
        return SecretStr(setting.value or "")
    return None


@step("Look whether the application gets other databases")
def find_moved(environment: Environment) -> dict[DatabaseName, str]:
    """The databases elsewhere whose address in SSM is not the file's, each with the one in SSM."""
    aws, moved = Aws(environment.aws.region), {}
    for database, url in environment.elsewhere.items():
        known = read_if_there(aws, environment.secrets[environment.databases[database].url_key].parameter)
        if known is not None and known[0].get_secret_value() != url:
            moved[database] = str(BoltUrl.parse(known[0].get_secret_value()))
    return moved


@step("Write the Bolt URLs to SSM", "Write the Bolt URLs to SSM")
def write_bolt_urls(environment: Environment, outputs: Outputs) -> list[str]:
    """Where the live slot's databases are, for its own tasks and for others; the keys whose value changed."""
    changed = _write_urls(environment, outputs, of_the_slot=True)
    _write_urls(environment, outputs, of_the_slot=False)
    get_run_logger().info("Changed in SSM: %s.", ", ".join(changed) or "nothing")
    return changed


@step("Write the new slot's Bolt URLs to SSM", "Write the Bolt URLs of the {environment.slot} slot to SSM")
def write_slot_urls(environment: Environment, outputs: Outputs) -> list[str]:
    """Where a slot's tasks find the slot's own databases; what is told to others stays as it is."""
    return _write_urls(environment, outputs, of_the_slot=True)


def _write_urls(environment: Environment, outputs: Outputs, *, of_the_slot: bool) -> list[str]:
    aws, changed = Aws(environment.aws.region), []
    for database, settings in environment.databases.items():
        key = settings.url_key
        parameter = environment.slot_parameter(key) if of_the_slot else environment.secrets[key].parameter
        url = SecretStr(outputs.bolt_urls[database])
        if put_parameter(aws, parameter, url, key_id=environment.aws.key_alias).changed:
            changed.append(key)
    return changed


@look("Bring the secrets of the GitHub Environment in step with SSM")
def write_github_secrets(environment: Environment) -> list[str]:
    """Write, sealed, those that GitHub lacks or that are older there than in SSM; gives their names."""
    aws, repository = Aws(environment.aws.region), open_repository(environment)
    behind = _behind(environment, aws, repository)
    if not behind:
        get_run_logger().info("The secrets of the GitHub Environment are in step with SSM.")
        return []
    values = read_parameters(aws, [setting.parameter for setting in behind.values()])
    remember_secrets(
        values[setting.parameter].get_secret_value()
        for setting in behind.values()
        if setting.source in {SecretSource.GENERATED, SecretSource.OPERATOR}
    )
    sealed = {key: values[setting.parameter] for key, setting in behind.items()}
    github = environment.github
    written = put_secrets(repository, github.environment, sealed, branch=github.branch)
    get_run_logger().info("Written to GitHub, sealed: %s.", ", ".join(item.name for item in written))
    return [item.name for item in written]


def _behind(environment: Environment, aws: Aws, repository: Repository) -> dict[str, SecretSettings]:
    """GitHub tells when a secret was written, to the second, and never its value."""
    wanted = {key: setting for key, setting in environment.secrets.items() if setting.github}
    written = {
        item.name: item.updated_at for item in list_secrets(repository, environment.github.environment)
    }
    set_at = {
        item.name: item.modified_at.replace(microsecond=0)
        for item in describe_parameters(aws, [setting.parameter for setting in wanted.values()])
    }
    return {
        key: setting
        for key, setting in wanted.items()
        if key not in written or written[key] < set_at[setting.parameter]
    }
