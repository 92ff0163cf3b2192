"""Scenario 7 from end to end: values changed by another hand, by ours, and one that is taken back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from prefect.client.schemas.objects import State
from pydantic import SecretStr

from flows.configuration import configuration
from models.configuration_checks import WRITTEN
from models.log import Event
from models.names import Scenario
from sandbox.pushing import push_image_everywhere
from sandbox.secrets import compare_secrets
from sandbox.tokens import DEPLOYER, read_or_make_token
from systems.aws.ecs import running_tasks
from systems.github.client import connect, open_repository
from systems.github.environment_secrets import put_secrets
from systems.waiting import Pace, wait_for
from tests.conftest import RunningSandbox
from tests.scenarios.failing import Fault, failing, run_here
from tests.scenarios.front_door import (
    END_SECONDS,
    REQUESTER,
    Ended,
    artifact,
    begin,
    carry_out,
    credex,
    finish,
)
from tests.scenarios.place import Place
from tests.scenarios.search import Secret, found_in, objects, rows

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800), pytest.mark.exhaustive]

CONFIGURE = Scenario.CONFIGURATION
KEY, OTHER_KEY = "CLIENT_API_KEY", "OPEN_EXCHANGE_RATES_API"


def stage(sandbox: RunningSandbox, place: Place, key: str) -> str:
    """A new value, given as an operator does; the command shows it nowhere."""
    value = secrets.token_hex(20)
    printed = credex(sandbox, "config", "set", key, "--env", place.name, typed=value)
    assert printed.exit_code == 0, printed
    assert value not in printed.out + printed.err
    return value


def in_ssm(place: Place, key: str) -> str:
    name = place.environment.secrets[key].parameter
    return place.aws.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def staged(place: Place) -> list[str]:
    names = [place.environment.staged_parameter(key) for key in (KEY, OTHER_KEY)]
    return [item["Name"] for item in place.aws.ssm.get_parameters(Names=names)["Parameters"]]


def held_by_tasks(place: Place, key: str) -> set[str | None]:
    """The value in the environment of each running task's process; None where it has none."""
    outputs = place.outputs()
    tasks = {task.name for task in running_tasks(place.aws, outputs.cluster, outputs.service)}
    found = {}
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if environment.get("TASK_ID") in tasks:
            found[environment["TASK_ID"]] = environment.get(key)
    assert set(found) == tasks
    return set(found.values())


def change_by_hand(place: Place, sandbox: RunningSandbox) -> str:
    """Another value in SSM for one key, another at GitHub for the other, past the deployment system."""
    value = secrets.token_hex(20)
    name = place.environment.secrets[KEY].parameter
    place.aws.ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    github = place.environment.github
    token = read_or_make_token(sandbox.settings.home, DEPLOYER)
    repository = open_repository(connect(github.api_url, token), github.repository)
    put_secrets(repository, github.environment, {OTHER_KEY: SecretStr(value)}, branch=github.branch)
    return value


@dataclass(frozen=True)
class Changed:
    """What verification said of the other hand, then the change of both keys, and all values there were."""

    by_others: Ended
    ended: Ended
    new: dict[str, str]
    values: list[str]


@pytest.fixture(scope="module")
def changed(development: Place, sandbox: RunningSandbox) -> Changed:
    before = [in_ssm(development, key) for key in (KEY, OTHER_KEY)]
    foreign = change_by_hand(development, sandbox)
    by_others = carry_out(Scenario.VERIFICATION, development.name)
    new = {key: stage(sandbox, development, key) for key in (KEY, OTHER_KEY)}
    ended = carry_out(CONFIGURE, development.name, keys=f"{KEY}, {OTHER_KEY}", reason="Rotation")
    return Changed(by_others, ended, new, [*before, foreign, *new.values()])


def test_a_change_by_another_hand_is_found_by_verification(changed: Changed) -> None:
    """In SSM by its fingerprint, at GitHub by its time."""
    assert changed.by_others.state == "Failed"
    assert f"{KEY} was changed in SSM" in changed.by_others.message
    assert f"{OTHER_KEY} was changed at GitHub" in changed.by_others.message


def test_the_new_values_are_everywhere_and_the_tasks_hold_them(
    development: Place, sandbox: RunningSandbox, changed: Changed
) -> None:
    """In SSM, sealed at GitHub, and in each task's own environment; nothing is left staged."""
    assert changed.ended.state == "Completed", changed.ended.message
    assert {key: in_ssm(development, key) for key in changed.new} == changed.new
    assert all(item.right for item in compare_secrets(sandbox.settings, development.environment))
    assert [held_by_tasks(development, key) for key in changed.new] == [{it} for it in changed.new.values()]
    assert staged(development) == []


def test_the_log_and_the_plan_tell_versions_and_fingerprints(development: Place, changed: Changed) -> None:
    """Of each key the old one and the new one; the release names the version that the tasks were made for."""
    record = development.records(changed.ended.run_id)[-1].entry
    assert record.because == "Rotation"
    assert record.release is not None
    assert {key: it.version for key, it in record.configuration.items()} == {
        key: record.release.configuration[key] for key in changed.new
    }
    plan = artifact(changed.ended.run_id, f"plan-{development.name}")
    assert all(it.fingerprint in plan for it in record.configuration.values())


def test_no_value_is_where_it_does_not_belong(
    development: Place, sandbox: RunningSandbox, changed: Changed
) -> None:
    """Neither in Prefect's database nor in any bucket."""
    values = [Secret.of(f"value {number}", value) for number, value in enumerate(changed.values)]
    assert found_in(rows(sandbox.settings.home / "prefect" / "prefect.db"), values) == []
    assert found_in(objects(development.aws), values) == []


def failed(place: Place, run_id: UUID) -> bool | None:
    return any(record.entry.event is Event.FAILED for record in place.records(run_id)) or None


def test_where_tasks_do_not_come_up_the_old_values_are_back(
    development: Place, sandbox: RunningSandbox, changed: Changed
) -> None:
    """No image can be pulled until the failure is recorded; then the last good release serves."""
    before = development.release()
    image = {"imageDigest": before.image_digest}
    repository = development.environment.aws.repository
    value = stage(sandbox, development, KEY)
    development.aws.ecr.batch_delete_image(repositoryName=repository, imageIds=[image])  # type: ignore[list-item]
    try:
        run_id = begin(CONFIGURE, development.name, keys=KEY)
        assert wait_for(lambda: failed(development, run_id), Pace(END_SECONDS, interval_seconds=0.5))
    finally:
        push_image_everywhere(sandbox.settings, before.commit)
    ended = finish(run_id)
    assert ended.state == "Rolled back", ended.message
    assert value != in_ssm(development, KEY) == changed.new[KEY]
    assert held_by_tasks(development, KEY) == {changed.new[KEY]}
    assert all(item.right for item in compare_secrets(sandbox.settings, development.environment))
    assert development.log.current_release() == before
    assert len(staged(development)) == 1
    development.aws.ssm.delete_parameter(Name=development.environment.staged_parameter(KEY))
    assert carry_out(Scenario.VERIFICATION, development.name).state == "Completed"


def configure_here(results: Path, *steps: str) -> State[Any]:
    """Give the key its staged value in this process, where these steps fail."""
    request = {"environment": "development", "requester": REQUESTER, "keys": KEY}
    faults = [Fault(step) for step in steps]
    with ExitStack() as planted:
        for fault in faults:
            planted.enter_context(failing(fault))
        ended = run_here(configuration, request, results)
    assert all(fault.planted for fault in faults), faults
    return ended


def test_a_change_that_github_does_not_take_serves_on_and_is_done_once_it_does(
    development: Place, sandbox: RunningSandbox, changed: Changed, tmp_path: Path
) -> None:
    """It is no success, and what serves is left alone; the next run has GitHub alone to write."""
    before, value = development.log.current_release(), stage(sandbox, development, KEY)
    ended = configure_here(tmp_path, "Write the changed secrets to the GitHub Environment")
    assert (ended.name, WRITTEN in str(ended.message)) == ("Failed", True), ended.message
    assert (in_ssm(development, KEY), held_by_tasks(development, KEY)) == (value, {value})
    assert development.log.current_release() == before
    assert carry_out(Scenario.VERIFICATION, development.name).state == "Failed"
    again = carry_out(CONFIGURE, development.name, keys=KEY)
    assert again.state == "Completed", again.message
    assert all(item.right for item in compare_secrets(sandbox.settings, development.environment))
    assert staged(development) == []
    assert carry_out(Scenario.VERIFICATION, development.name).state == "Completed"


def test_where_github_does_not_take_the_old_values_either_they_are_back_all_the_same(
    development: Place, sandbox: RunningSandbox, changed: Changed, tmp_path: Path
) -> None:
    """SSM and the tasks have them; that GitHub may not is told."""
    before, old = development.log.current_release(), in_ssm(development, KEY)
    stage(sandbox, development, KEY)
    ended = configure_here(
        tmp_path,
        "Check that the tasks hold the new values",
        "Write the old secrets to the GitHub Environment",
    )
    assert (ended.name, f"To know: {WRITTEN}" in str(ended.message)) == ("Rolled back", True), ended.message
    assert (in_ssm(development, KEY), held_by_tasks(development, KEY)) == (old, {old})
    assert development.log.current_release() == before
    development.aws.ssm.delete_parameter(Name=development.environment.staged_parameter(KEY))
    assert carry_out(Scenario.VERIFICATION, development.name).state == "Completed"


def test_a_change_that_serves_stays_where_its_staged_value_cannot_be_removed(
    development: Place, sandbox: RunningSandbox, changed: Changed, tmp_path: Path
) -> None:
    """That is only told: a key that was rotated must not become the revoked one again."""
    value = stage(sandbox, development, KEY)
    ended = configure_here(tmp_path, "Remove the staged values")
    assert ended.name == "Completed", ended.message
    assert "the staged values are still there" in str(ended.message)
    assert (in_ssm(development, KEY), held_by_tasks(development, KEY)) == (value, {value})
    assert len(staged(development)) == 1
    assert carry_out(CONFIGURE, development.name, keys=KEY).state == "Unchanged"
    assert staged(development) == []


def test_what_is_not_staged_is_refused(development: Place) -> None:
    """With the command that stages it."""
    ended = carry_out(CONFIGURE, development.name, keys=OTHER_KEY)
    assert (ended.state, f"credex config set {OTHER_KEY} --env development" in ended.message) == (
        "Refused",
        True,
    )


@contextmanager
def dispensable(place: Place, key: str) -> Iterator[None]:
    """Have the environment's next runs take the key for one that the application can do without."""
    file = place.sandbox.environments / f"{place.name}.toml"
    text, table = file.read_text(), f"[secrets.{key}]\n"
    assert table in text
    file.write_text(text.replace(table, f"{table}required = false\n"))
    yield
    file.write_text(text)


def test_a_key_is_removed_where_the_application_can_do_without_and_given_again(
    development: Place, sandbox: RunningSandbox, changed: Changed
) -> None:
    """The tasks' processes lack it; its value stays in SSM, so that it is there when it is wanted again."""
    refused = carry_out(CONFIGURE, development.name, remove=OTHER_KEY)
    assert (refused.state, f"requires {OTHER_KEY}" in refused.message) == ("Refused", True), refused.message
    with dispensable(development, OTHER_KEY):
        ended = carry_out(CONFIGURE, development.name, remove=OTHER_KEY, reason="Nobody asks for rates")
    assert ended.state == "Completed", ended.message
    assert held_by_tasks(development, OTHER_KEY) == {None}
    assert in_ssm(development, OTHER_KEY) == changed.new[OTHER_KEY]
    assert development.release().configuration[OTHER_KEY] == 0
    value = stage(sandbox, development, OTHER_KEY)
    ended = carry_out(CONFIGURE, development.name, keys=OTHER_KEY)
    assert ended.state == "Completed", ended.message
    assert held_by_tasks(development, OTHER_KEY) == {value}
