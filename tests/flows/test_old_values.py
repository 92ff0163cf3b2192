"""The old values of a configuration that changes: which they are, and how they come back where it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from prefect import flow
from pydantic import SecretStr

from flows.old_values import OldValues
from flows.putting_back import last_good_release_on_failure
from models.change import Change
from models.configuration import KeyChange, KeyState, fingerprint
from models.environment import Environment
from models.errors import DeployError, HalfApplied, StalePlan
from models.log import Event
from systems.aws.deployment_log import DeploymentLog
from systems.environments import load_environment
from systems.terraform.plan_reader import read_plan
from tasks.changing_configuration import compare_staged, write_changed_to_github
from tasks.known_configuration import fingerprint_secret, noting_keys
from tests.deployments.cli.conftest import address  # noqa: F401 the fixture
from tests.sandbox.github.running import FULL, READER, running_copy, seed_folder
from tests.tasks.conftest import prefect_api  # noqa: F401 the fixture
from tests.tasks.locked_terraform import use_locked_terraform
from tests.tasks.test_applying import a_change, log  # noqa: F401 the fixture

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]

PLAN = Path(__file__).parents[1] / "plans" / "configuration.json"
KEY = "CLIENT_API_KEY"
OLD, NEW = "the old value", "the new value"


@dataclass(frozen=True)
class Place:
    """An environment whose SSM took a key's staged value as its second version, and that key's change."""

    environment: Environment
    key: KeyChange

    @property
    def change(self) -> Change:
        """A change of this environment, from a release that is good to one that needs an apply."""
        change = a_change("a-run")
        saved = change.saved.model_copy(update={"plan": read_plan(json.loads(PLAN.read_text()))})
        known = {"environment": self.environment, "saved": saved, "current": change.release}
        return change.model_copy(update=known)

    def in_ssm(self) -> str:
        """The key's value in force."""
        found = boto3.client("ssm").get_parameter(Name=self.key.parameter, WithDecryption=True)
        return str(found["Parameter"]["Value"])

    def give_github(self, token: str) -> None:
        """From now on GitHub is spoken to with this token."""
        put(self.environment.github.token_parameter, token)


def put(name: str, value: str) -> None:
    boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


def within_a_run(work: Callable[[], object]) -> object:
    """Do this as a part of a flow run."""

    @flow(name="changing")
    def changing() -> object:
        return work()

    return changing()


def within_a_change(place: Place, error: DeployError) -> DeployError:
    """What becomes of a change of the values that fails like this."""

    def fail() -> None:
        with last_good_release_on_failure(place.change, OldValues([place.key])):
            raise error

    with pytest.raises(DeployError) as told:
        within_a_run(fail)
    return told.value


@pytest.fixture
def place(tmp_path: Path, log: DeploymentLog) -> Iterator[Place]:  # noqa: F811
    """Development, at a GitHub that takes nothing."""
    found = load_environment("development")
    key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    boto3.client("kms").create_alias(AliasName=found.aws.key_alias, TargetKeyId=key)
    with running_copy(seed_folder(tmp_path / "seeded"), tmp_path / "github") as server:
        github = found.github.model_copy(update={"api_url": server.url})
        environment = found.model_copy(update={"github": github})
        parameter, secret = environment.secrets[KEY].parameter, fingerprint_secret(environment)
        states = []
        put(environment.staged_parameter(KEY), NEW)
        for version, value in enumerate((OLD, NEW), 1):
            put(parameter, value)
            states.append(KeyState(version=version, fingerprint=fingerprint(secret, KEY, SecretStr(value))))
        staged = environment.staged_parameter(KEY)
        old, new = states
        change = KeyChange(key=KEY, parameter=parameter, staged=staged, old=old, new=new)
        place = Place(environment, change)
        place.give_github(READER.value)
        yield place


def test_the_old_value_is_the_one_that_the_log_knows_where_a_killed_run_wrote_the_staged_one(
    place: Place,
    log: DeploymentLog,  # noqa: F811
) -> None:
    """Tasks may hold the old one, and start anew; who gives SSM a value by hand stages it afterwards."""
    known = place.change.model_copy(update={"configuration": {KEY: place.key.old}})
    log.append(known.entry(Event.SUCCEEDED))

    def compared() -> object:
        return compare_staged(place.environment, [KEY], place.change.release)

    assert within_a_run(compared) == [place.key]
    put(place.key.staged, NEW)
    assert within_a_run(compared) == [place.key.model_copy(update={"old": place.key.new})]


def test_github_that_takes_nothing_does_not_keep_the_old_values_from_the_tasks(place: Place) -> None:
    """Tasks that start anew would read them while the others kept the new ones."""
    within_a_run(lambda: OldValues([place.key]).prepare(place.change))
    assert place.in_ssm() == OLD


def test_what_is_in_force_is_noted_although_github_does_not_tell_its_times(place: Place) -> None:
    """A change that is made and proven is recorded; nobody watches the secret there until the next one."""

    def noted() -> KeyState:
        return noting_keys(place.change, [KEY]).configuration[KEY]

    place.give_github(FULL.value)
    within_a_run(lambda: write_changed_to_github(place.environment, [place.key]))
    known = within_a_run(noted)
    assert isinstance(known, KeyState)
    assert known.github_updated_at is not None
    place.give_github("revoked")
    assert within_a_run(noted) == place.key.new == known.model_copy(update={"github_updated_at": None})


def test_values_of_what_may_be_half_applied_stay_until_people_have_released_the_lock(
    place: Place,
    log: DeploymentLog,  # noqa: F811
) -> None:
    """Tasks may have been started with them; a run that is started again goes on from there."""
    log.append(place.change.entry(Event.STARTED))
    told = within_a_change(place, HalfApplied("It may be half applied.", next_step="Release the lock."))
    assert place.in_ssm() == NEW
    assert str(told).startswith("It may be half applied. Release the lock. Start the same deployment again")
    assert [record.entry.event for record in log.records()] == [Event.STARTED, Event.FAILED]


@pytest.mark.parametrize("begun", [True, False])
def test_a_plan_that_goes_stale_once_values_are_written_is_not_asked_for_anew(
    place: Place,
    begun: bool,
    log: DeploymentLog,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The old values come back as new versions, which no approval knew; what was applied is put back."""
    use_locked_terraform(tmp_path, monkeypatch)
    good = place.change.entry(Event.SUCCEEDED).model_copy(update={"flow_run_id": "before"})
    log.append(good)
    if begun:
        log.append(place.change.entry(Event.STARTED))
    told = within_a_change(place, StalePlan("The rest was not approved.", next_step="Plan again."))
    assert not isinstance(told, StalePlan), "the rail would make another plan of it"
    assert place.in_ssm() == OLD
    assert ("locked by ann" in told.problem) is begun, "this is as far as putting back comes here"
