"""Scenario 7: other values of named keys of the application's configuration, or none at all."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.old_values import OldValues
from flows.outcome import ends_in_words
from flows.putting_back import last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish
from models.change import Change
from models.configuration import (
    KeyChange,
    removal_note,
    require_changeable,
    require_one_purpose,
    require_removable,
    split_keys,
)
from models.configuration_checks import WRITTEN
from models.environment import Environment
from models.guard import Finding
from models.log import Event
from models.names import KeyName, Scenario
from models.release import Release
from models.request import ConfigurationRequest
from tasks.applying import apply_plan, read_outputs
from tasks.changing_configuration import (
    check_tasks_hold,
    check_tasks_lack,
    compare_staged,
    remove_staged,
    write_changed_to_github,
    write_values,
)
from tasks.databases import read_identities
from tasks.informing import inform
from tasks.known_configuration import noting_keys
from tasks.preflight import check_environment
from tasks.recording import require_release
from tasks.rollout import wait_for_targets, watch_release
from tasks.steps import came_to
from tasks.verification import ask, require_success, verify

SCENARIO = Scenario.CONFIGURATION


@flow(name=SCENARIO.value, flow_run_name="configure-{request.environment}", persist_result=True)
@ends_in_words
def configuration(request: Form[ConfigurationRequest]) -> State[Any]:
    """Give keys of the application's configuration the values that were staged with `credex config set`.

    Or take keys away from the tasks, where the application can do without.

    - **Touches** the keys' parameters in SSM, their secrets at GitHub, the task definition and the service.
    - **Takes** some minutes: the tasks are started anew, because they read their values when they start.
    - **Asks** for an approval where the environment wants one.
    - **If it fails** the old values are in both places again, and tasks with them serve.
    """
    environment = check_environment(request.environment)
    keys, removed = split_keys(request.keys), split_keys(request.remove)
    require_one_purpose(keys, removed)
    require_changeable(environment, keys)
    require_removable(environment, removed)

    def compared(current: Release | None) -> list[KeyChange]:
        return compare_staged(environment, keys, require_release(environment, current))

    def next_release(current: Release | None) -> Release:
        release = require_release(environment, current)
        versions = {
            change.key: change.new.version for change in compared(current) if _has_version(change, release)
        }
        gone = dict.fromkeys(removed, 0)
        return release.model_copy(update={"configuration": release.configuration | versions | gone})

    def notes(current: Release | None, _release: Release) -> list[Finding]:
        return [*(change.note() for change in compared(current)), *map(removal_note, removed)]

    return on_the_rail(
        environment,
        SCENARIO,
        request,
        next_release=next_release,
        carry_out=lambda change: carry_out(change, compared(change.current), removed),
        notes=notes,
        because=request.reason,
    )


def _has_version(change: KeyChange, release: Release) -> bool:
    """A key whose value stays needs no new tasks, unless the release knows another version of it."""
    return change.changes or change.key in release.configuration


def carry_out(change: Change, keys: list[KeyChange], removed: list[KeyName]) -> State[Any]:
    """Write, start tasks that take it, prove it, verify; on failure the old values are put back.

    That GitHub did not take a value is no reason to: the change serves, and is no success yet.
    """
    environment, release, names = change.environment, change.release, [it.key for it in keys]
    with last_good_release_on_failure(change, OldValues(keys)):
        before = read_identities(change)
        inform(change, Event.STARTED)
        write_values(environment, keys)
        if change.changes_anything:
            apply_plan(change)
        outputs = read_outputs(environment)
        watch_release(environment, outputs, release)
        wait_for_targets(environment, outputs, release)
        found = [
            *check_tasks_hold(environment, outputs, keys),
            *check_tasks_lack(environment, outputs, removed),
            *ask(WRITTEN, write_changed_to_github, environment, keys),
        ]
        verification = verify(environment, outputs, release, before, besides=found, written=names)
        require_success(verification)
    return clear_up(environment, keys, finish(noting_keys(change, names), verification, outputs))


def clear_up(environment: Environment, keys: list[KeyChange], ended: State[Any]) -> State[Any]:
    """Remove the staged values, which comes last: what hinders that is told, and is no failure."""
    problem = came_to(remove_staged(environment, keys, return_state=True))
    if problem is None:
        return ended
    told = f"To know: the staged values are still there (credex config discard removes them). {problem}"
    return ended.model_copy(update={"message": f"{ended.message} {told}"})
