"""Scaling and configuration, killed with kill -9 at four of their steps: each goes on, nothing is done twice.

Once in each run the worker is killed with it: a new worker finds the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

import pytest
from prefect.client.schemas.objects import FlowRun

from models.names import Scenario
from models.release import Release
from sandbox.secrets import compare_secrets
from tasks.lock import lock_name
from tests.conftest import RunningSandbox
from tests.scenarios.front_door import begin, carry_out, slots_taken
from tests.scenarios.killed_support import (
    built_twice,
    end_of,
    kill_at_each,
    kill_flow,
    kill_worker_and_flow,
    lock_of,
    story,
)
from tests.scenarios.place import Place
from tests.scenarios.test_configuration import KEY, held_by_tasks, in_ssm, stage, staged

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800), pytest.mark.exhaustive]

SCALING = [
    "Apply the plan with Terraform",
    "Watch the service until",
    "Ask every task through the load balancer",
    "Record: succeeded",
]
CONFIGURATION = [
    "Write the new values to SSM",
    "Apply the plan with Terraform",
    "Write the changed secrets to the GitHub Environment",
    "Remove the staged values",
]


def kills_at(steps: list[str], sandbox: RunningSandbox) -> Mapping[str, Callable[[UUID], None]]:
    """How the run is killed at each step: at the second one together with its worker."""

    def with_worker(run_id: UUID) -> None:
        kill_worker_and_flow(sandbox.settings, run_id)

    return dict.fromkeys(steps, kill_flow) | {steps[1]: with_worker}


def require_one_story(place: Place, run: FlowRun) -> None:
    """It came to a good end after all its kills; the log has each event once, and nothing is left behind."""
    assert (run.state_name, run.run_count) == ("Completed", 5), run.state
    told = story(place, run.id)
    assert set(told.values()) == {1}, told
    assert told["succeeded"] == 1
    assert (lock_of(place), slots_taken(lock_name(place.environment))) == (None, 0)
    assert built_twice(place) == []
    assert (place.log.verify(), place.log.unfinished()) == ([], [])


def version_in_ssm(place: Place) -> int:
    """How often the key's parameter was written."""
    name = place.environment.secrets[KEY].parameter
    return place.aws.ssm.get_parameter(Name=name)["Parameter"]["Version"]


@pytest.fixture
def before(development: Place) -> Iterator[Release]:
    """What development is; its number of tasks is there again afterwards."""
    release = development.release()
    yield release
    if development.release().desired_count != release.desired_count:
        carry_out(Scenario.SCALING, development.name, desired_count=release.desired_count, reason="After it")


def test_scaling_goes_on_wherever_it_is_killed(
    development: Place, sandbox: RunningSandbox, before: Release
) -> None:
    """As many tasks as asked for, of the image that ran before."""
    wanted = before.desired_count + 1
    run_id = begin(Scenario.SCALING, development.name, desired_count=wanted, reason="The end of the month")
    kill_at_each(run_id, kills_at(SCALING, sandbox))
    require_one_story(development, end_of(run_id))
    assert development.release() == before.model_copy(update={"desired_count": wanted})
    assert development.service().running == wanted
    assert development.serving()["image_digest"] == before.image_digest


def test_a_change_of_the_configuration_goes_on_wherever_it_is_killed(
    development: Place, sandbox: RunningSandbox
) -> None:
    """The new value is in SSM, at GitHub and in the tasks, in the version that people were shown."""
    old = version_in_ssm(development)
    value = stage(sandbox, development, KEY)
    run_id = begin(Scenario.CONFIGURATION, development.name, keys=KEY)
    kill_at_each(run_id, kills_at(CONFIGURATION, sandbox))
    require_one_story(development, end_of(run_id))
    assert (in_ssm(development, KEY), held_by_tasks(development, KEY)) == (value, {value})
    assert all(item.right for item in compare_secrets(sandbox.settings, development.environment))
    assert development.release().configuration[KEY] == version_in_ssm(development) == old + 1
    assert staged(development) == []
    assert carry_out(Scenario.VERIFICATION, development.name).state == "Completed"
