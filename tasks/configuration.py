"""Keeps the application's configuration in step: SSM, where the tasks read it, and the GitHub Environment.

Values are read, generated and written inside a step; none is a parameter or a result.
"""

from __future__ import annotations

import secrets

from prefect import get_run_logger
from pydantic import SecretStr
from systems.github.environment_secrets import put_secrets

from models.environment import Environment, SecretSettings, SecretSource
from models.errors import Refused
from models.outputs import Outputs
from systems.aws.parameters import missing, put_parameter, put_secret, read_parameters
from systems.aws.session import Aws
from systems.redaction import remember_secrets
from tasks.access import open_repository
from tasks.steps import step

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


@step("Write the Bolt URLs to SSM", "Write the Bolt URLs to SSM")
def write_bolt_urls(environment: Environment, outputs: Outputs) -> list[str]:
    """Where the tasks find their databases; gives the keys whose value changed."""
    aws = Aws(environment.aws.region)
    changed = []
    for database, settings in environment.databases.items():
        written = put_parameter(
            aws,
            environment.secrets[settings.url_key].parameter,
            SecretStr(outputs.bolt_urls[database]),
            key_id=environment.aws.key_alias,
        )
        if written.changed:
            changed.append(settings.url_key)
    get_run_logger().info("Changed in SSM: %s.", ", ".join(changed) or "nothing")
    return changed


@step("Write the secrets, sealed, to the GitHub Environment", "Write the secrets to the GitHub Environment")
def write_github_secrets(environment: Environment) -> list[str]:
    """Make the GitHub Environment hold what SSM holds; gives the names written."""
    wanted = {key: setting for key, setting in environment.secrets.items() if setting.github}
    names = [setting.parameter for setting in wanted.values()]
    values = read_parameters(Aws(environment.aws.region), names)
    remember_secrets(
        values[setting.parameter].get_secret_value()
        for setting in wanted.values()
        if setting.source in {SecretSource.GENERATED, SecretSource.OPERATOR}
    )
    written = put_secrets(
        open_repository(environment),
        environment.github.environment,
        {key: values[setting.parameter] for key, setting in wanted.items()},
    )
    get_run_logger().info("Written to GitHub, sealed: %s.", ", ".join(item.name for item in written))
    return [item.name for item in written]
