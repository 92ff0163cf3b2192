"""What the log knows of the configuration's values, and what they are now: fingerprints, never values."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime

from pydantic import SecretStr

from models.change import Change
from models.check import Check
from models.configuration import KeyState, fingerprint
from models.configuration_checks import SeenKey, check_by_others
from models.environment import Environment, SecretSource
from models.history import known_configuration
from models.names import KeyName
from systems.aws.parameter_versions import last_writers, read_if_there
from systems.aws.parameters import describe_parameters, put_secret, read_parameters
from systems.aws.session import Aws
from systems.github.environment_secrets import list_secrets
from tasks.access import open_repository
from tasks.recording import deployment_log
from tasks.steps import came_to, look

_FOLLOW_THE_DATABASE = {SecretSource.LEDGER_BOLT_URL, SecretSource.SEARCH_BOLT_URL}
"""Compared with Terraform's outputs instead, whoever wrote them."""


def fingerprint_secret(environment: Environment) -> SecretStr:
    """The key of all the environment's fingerprints, made when it is first needed."""
    aws, name = Aws(environment.aws.region), environment.fingerprint_parameter
    put_secret(aws, name, SecretStr(secrets.token_urlsafe(32)), key_id=environment.aws.key_alias)
    return read_parameters(aws, [name])[name]


def watched_keys(environment: Environment) -> list[KeyName]:
    """The keys whose values are ours to write and nobody else's."""
    return [key for key, it in environment.secrets.items() if it.source not in _FOLLOW_THE_DATABASE]


def see_keys(
    environment: Environment, keys: Collection[KeyName], at_github: Mapping[KeyName, datetime]
) -> dict[KeyName, SeenKey]:
    """What these keys are now, given GitHub's times of them; those that SSM does not have are left out."""
    aws, secret = Aws(environment.aws.region), fingerprint_secret(environment)
    parameters = {key: environment.secrets[key].parameter for key in keys}
    described = {item.name: item for item in describe_parameters(aws, list(parameters.values()))}
    there = {key: name for key, name in parameters.items() if name in described}
    values, writers = read_parameters(aws, list(there.values())), last_writers(aws, list(there.values()))
    return {
        key: SeenKey(
            version=described[name].version,
            fingerprint=fingerprint(secret, key, values[name]),
            modified_at=described[name].modified_at,
            changed_by=writers.get(name, ""),
            github_updated_at=at_github.get(key),
        )
        for key, name in there.items()
    }


def _times_at_github(environment: Environment) -> dict[KeyName, datetime]:
    listed = list_secrets(open_repository(environment), environment.github.environment)
    return {item.name: item.updated_at for item in listed}


@look("Ask GitHub when its secrets were written")
def ask_for_times(environment: Environment) -> dict[KeyName, datetime]:
    """When each secret of the GitHub Environment was last written, by name."""
    return _times_at_github(environment)


@look("Note which values are in force")
def key_states(
    environment: Environment, keys: list[KeyName], at_github: dict[KeyName, datetime]
) -> dict[KeyName, KeyState]:
    """Version, fingerprint and GitHub's time of each key, as the log keeps them."""
    return {
        key: KeyState(
            version=seen.version, fingerprint=seen.fingerprint, github_updated_at=seen.github_updated_at
        )
        for key, seen in see_keys(environment, keys, at_github).items()
    }


def noting_keys(change: Change, keys: list[KeyName]) -> Change:
    """The change with what these keys are now.

    GitHub being away is a failed task on the run's page: without its times the log does not watch them there.
    """
    times = came_to(ask_for_times(change.environment, return_state=True))
    states = key_states(change.environment, keys, times if isinstance(times, dict) else {})
    return change.model_copy(update={"configuration": states})


@look("Find the keys that the log does not know yet")
def unknown_keys(environment: Environment) -> list[KeyName]:
    """Those of the keys that are ours to write and that no record speaks of."""
    known = known_configuration(reversed(deployment_log(environment).records()))
    return [key for key in watched_keys(environment) if key not in known]


def noting_first_values(change: Change, written: Collection[KeyName]) -> Change:
    """The change with the values of all keys that it wrote, or that the log does not know yet."""
    wanted = {*unknown_keys(change.environment), *(set(written) & set(watched_keys(change.environment)))}
    return noting_keys(change, sorted(wanted))


@look("Check that nobody else changed the configuration")
def check_changed_by_others(environment: Environment, written: list[KeyName]) -> list[Check]:
    """Compare SSM and GitHub with what the log says that we wrote; keys of `written` are changing now."""
    records = deployment_log(environment).records()
    known = known_configuration(reversed(records))
    wanted = [key for key in watched_keys(environment) if key in known and key not in written]
    seen = see_keys(environment, wanted, _times_at_github(environment)) if wanted else {}
    return [check_by_others({key: known[key] for key in wanted}, seen)]


def read_state(
    environment: Environment, secret: SecretStr, key: KeyName, parameter: str
) -> tuple[SecretStr, KeyState] | None:
    """A parameter's value and what may be said of it, as a value of this key; None where it is not there."""
    found = read_if_there(Aws(environment.aws.region), parameter)
    if found is None:
        return None
    value, version = found
    return value, KeyState(version=version, fingerprint=fingerprint(secret, key, value))
