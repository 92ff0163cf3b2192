"""Gives keys of the application's configuration their staged values, and takes them back.

Values are read and written inside a step; keys, versions and fingerprints are all that leaves it.
"""

from __future__ import annotations

from prefect import get_run_logger
from pydantic import SecretStr

from models.check import Check
from models.configuration import KeyChange, KeyState, key_before_and_after, require_value
from models.configuration_checks import check_held, check_lacking, check_written
from models.environment import Environment
from models.errors import DeployError, Refused
from models.history import known_configuration
from models.names import KeyName
from models.outputs import Outputs
from models.release import Release
from systems.aws.ecs import running_tasks, secret_names
from systems.aws.parameter_versions import read_version, remove_parameter
from systems.aws.parameters import describe_parameters, put_parameter, read_parameters
from systems.aws.session import Aws
from systems.github.environment_secrets import put_secrets
from systems.redaction import remember_secrets
from tasks.access import open_repository
from tasks.known_configuration import fingerprint_secret, read_state
from tasks.recording import deployment_log
from tasks.steps import look, step


@step("Compare the staged values with those in force")
def compare_staged(environment: Environment, keys: list[KeyName], current: Release) -> list[KeyChange]:  # noqa: ARG001 part of the result's key
    """What each key is and what it would become.

    Where SSM got the staged value already, from a run that was killed, tasks may still hold the one that the
    log knows: that is the old one then.
    Raises Refused for a key that nothing is staged for, and for a staged value that cannot be meant.
    """
    known = known_configuration(reversed(deployment_log(environment).records()))
    changes = [_compare(environment, key, known.get(key)) for key in keys]
    for change in changes:
        get_run_logger().info("%s", change.note().reason)
    return changes


def _compare(environment: Environment, key: KeyName, known: KeyState | None) -> KeyChange:
    secret, setting = fingerprint_secret(environment), environment.secrets[key]
    command = f"credex config set {key} --env {environment.name}"
    found = read_state(environment, secret, key, setting.parameter)
    if found is None:
        raise Refused(f"{key} has no value yet.", next_step=f"Give it its first one: {command}.")
    waits = environment.staged_parameter(key)
    staged = read_state(environment, secret, key, waits)
    if staged is None:
        raise Refused(f"No new value of {key} is staged.", next_step=f"Stage it first: {command}.")
    remember_secrets(value.get_secret_value() for value, _ in (found, staged))
    require_value(key, setting.kind, staged[0])
    written = _was_written_since(environment, setting.parameter, waits)
    old, new = key_before_and_after(found[1], staged[1].fingerprint, known if written else None)
    return KeyChange(key=key, parameter=setting.parameter, staged=waits, old=old, new=new)


def _was_written_since(environment: Environment, parameter: str, staged: str) -> bool:
    """Whether a key got its value after the staged one was given, which by hand would come before."""
    described = describe_parameters(Aws(environment.aws.region), [parameter, staged])
    written = {it.name: it.modified_at for it in described}
    return written[parameter] > written[staged]


@look("Write the new values to SSM")
def write_values(environment: Environment, changes: list[KeyChange]) -> None:
    """Make each parameter hold its staged value, in the version that the release names.

    Raises Refused where a value, staged or in force, is not the one that people were shown.
    """
    secret = fingerprint_secret(environment)
    for change in changes:
        now = read_state(environment, secret, change.key, change.parameter)
        if now is not None and now[1] == change.new:
            continue  # there is nothing to change, or it was written before this run was stopped
        if now is None or now[1] != change.old:
            raise _changed_meanwhile(f"The value of {change.key} in SSM")
        _write(environment, change, secret)


def _write(environment: Environment, change: KeyChange, secret: SecretStr) -> None:
    staged = read_state(environment, secret, change.key, change.staged)
    if staged is None or staged[1].fingerprint != change.new.fingerprint:
        raise _changed_meanwhile(f"The staged value of {change.key}")
    remember_secrets([staged[0].get_secret_value()])
    aws = Aws(environment.aws.region)
    stored = put_parameter(aws, change.parameter, staged[0], key_id=environment.aws.key_alias)
    if stored.version != change.new.version:
        raise _changed_meanwhile(f"The value of {change.key} in SSM")
    get_run_logger().info("%s is at version %d in SSM.", change.key, stored.version)


def _changed_meanwhile(what: str) -> Refused:
    return Refused(
        f"{what} was changed by somebody else since it was compared.",
        next_step="Find out who did, and start again: it is compared and shown anew.",
    )


@step("Write the changed secrets to the GitHub Environment")
def write_changed_to_github(environment: Environment, changes: list[KeyChange]) -> list[Check]:
    """Seal and write the values in force of these keys, where GitHub is to have them.

    Once in its run: what the log says of GitHub's times would no longer hold after a second time.
    """
    wanted = {it.key: it.parameter for it in changes if environment.secrets[it.key].github}
    if not wanted:
        return []
    values = read_parameters(Aws(environment.aws.region), list(wanted.values()))
    remember_secrets(value.get_secret_value() for value in values.values())
    sealed = {key: values[parameter] for key, parameter in wanted.items()}
    github = environment.github
    put_secrets(open_repository(environment), github.environment, sealed, branch=github.branch)
    return [check_written(sealed)]


@look("Write the old values back to SSM")
def restore_values(environment: Environment, changes: list[KeyChange]) -> None:
    """Make each parameter hold again what it held before this change; what was not changed stays."""
    secret, aws = fingerprint_secret(environment), Aws(environment.aws.region)
    for change in changes:
        now = read_state(environment, secret, change.key, change.parameter)
        if now is not None and now[1].fingerprint == change.old.fingerprint:
            continue
        if now is not None and now[1].fingerprint != change.new.fingerprint:
            raise DeployError(
                f"{change.key} in SSM holds neither the old value nor the new one.",
                next_step="Somebody else changed it: find out who, and set the right value by hand.",
            )
        old = read_version(aws, change.parameter, change.old.version)
        remember_secrets([old.get_secret_value()])
        put_parameter(aws, change.parameter, old, key_id=environment.aws.key_alias)
        get_run_logger().info("%s holds its old value again.", change.key)


@look("Check that the tasks hold the new values")
def check_tasks_hold(environment: Environment, outputs: Outputs, changes: list[KeyChange]) -> list[Check]:
    """Whether every task was started for the new versions, after they were written."""
    changed = [change for change in changes if change.changes]
    if not changed:
        return []
    aws, secret = Aws(environment.aws.region), fingerprint_secret(environment)
    for it in changed:
        now = read_state(environment, secret, it.key, it.parameter)
        if now is None or now[1] != it.new:
            raise _changed_meanwhile(f"The value of {it.key} in SSM")
    written = {it.name: it.modified_at for it in describe_parameters(aws, [it.parameter for it in changed])}
    return [
        check_held(
            running_tasks(aws, outputs.cluster, outputs.service),
            outputs.task_definition,
            {it.key: it.new.version for it in changed},
            {it.key: written[it.parameter] for it in changed},
        )
    ]


@look("Check that the tasks lack the removed keys")
def check_tasks_lack(environment: Environment, outputs: Outputs, removed: list[KeyName]) -> list[Check]:
    """Whether every task was started from a task definition that does not name these keys."""
    if not removed:
        return []
    aws = Aws(environment.aws.region)
    given = secret_names(aws, outputs.task_definition)
    tasks = running_tasks(aws, outputs.cluster, outputs.service)
    return [check_lacking(tasks, outputs.task_definition, given, removed)]


@step("Remove the staged values")
def remove_staged(environment: Environment, changes: list[KeyChange]) -> None:
    """Remove what was taken; a value that was staged since then stays for the next time."""
    secret = fingerprint_secret(environment)
    for change in changes:
        staged = read_state(environment, secret, change.key, change.staged)
        if staged is not None and staged[1].fingerprint == change.new.fingerprint:
            remove_parameter(Aws(environment.aws.region), change.staged)
