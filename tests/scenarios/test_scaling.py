"""Scenario 6 from end to end: more tasks, tasks that do not come up, none at all, and as many as before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.log import Event
from models.names import Scenario
from models.release import Release
from sandbox.pushing import push_image_everywhere
from tests.conftest import RunningSandbox
from tests.scenarios.front_door import Ended, artifact, carry_out, credex
from tests.scenarios.place import Place
from tests.scenarios.visitor import visiting

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800), pytest.mark.exhaustive]

SCALE = Scenario.SCALING
REASON = "The end of the month"


def scale(place: Place, count: int) -> Ended:
    return carry_out(SCALE, place.name, desired_count=count, reason=REASON)


@pytest.fixture(scope="module")
def first(development: Place) -> Iterator[Release]:
    """What development was before; its number of tasks is there again afterwards."""
    release = development.release()
    yield release
    if development.release() != release:
        assert scale(development, release.desired_count).state == "Completed"


@pytest.fixture(scope="module")
def scaled(development: Place, first: Release) -> Ended:
    """Three tasks in place of one, while a client of the application goes on asking."""
    with visiting(development.outputs().api_url) as visits:
        ended = scale(development, 3)
    assert visits.failures == []
    return ended


def test_each_of_more_tasks_answers_through_the_load_balancer(
    development: Place, first: Release, scaled: Ended
) -> None:
    """The number is all that changes, the zones share the tasks, and nobody's request failed meanwhile."""
    assert scaled.state == "Completed", scaled.message
    assert development.release() == first.model_copy(update={"desired_count": 3})
    assert development.service().running == 3
    verification = development.records(scaled.run_id)[-1].entry.verification
    assert verification is not None
    found = {check.name: check.detail for check in verification.checks if check.passed}
    assert found["Every task through the load balancer"].startswith("all 3 answered within")
    assert sorted(found["Tasks in each zone"].split(", ")) in (
        ["1 in af-south-1a", "2 in af-south-1b"],
        ["1 in af-south-1b", "2 in af-south-1a"],
    )


def test_people_read_what_a_second_task_means_and_the_log_keeps_why(
    development: Place, scaled: Ended
) -> None:
    """The plan, which an approver is shown, names the jobs that may run twice."""
    plan = artifact(scaled.run_id, f"plan-{development.name}")
    assert "midnight" in plan
    assert REASON in plan
    assert {record.entry.because for record in development.records(scaled.run_id)} == {REASON}


def test_a_later_deployment_keeps_the_number(development: Place, scaled: Ended) -> None:
    """It plans nothing, so it would take no task away."""
    commit = development.release().commit
    ended = carry_out(Scenario.APPLICATION_DEPLOYMENT, development.name, commit=commit)
    assert (ended.state, "in 3 tasks" in ended.message) == ("Unchanged", True), ended.message


def test_tasks_that_do_not_come_up_are_given_up_and_the_number_before_is_put_back(
    development: Place, sandbox: RunningSandbox, scaled: Ended
) -> None:
    """ECS would go on for ever; the run ends with ECS's own reason, and the tasks of before serve."""
    before, repository = development.release(), development.environment.aws.repository
    image = {"imageDigest": before.image_digest}
    development.aws.ecr.batch_delete_image(repositoryName=repository, imageIds=[image])  # type: ignore[list-item]
    try:
        ended = scale(development, 4)
    finally:
        push_image_everywhere(sandbox.settings, before.commit)
    assert ended.state == "Rolled back", ended.message
    assert "CannotPullContainerError" in ended.message
    events = [record.entry.event for record in development.records(ended.run_id)]
    assert events == [Event.STARTED, Event.FAILED, Event.STARTED, Event.ROLLED_BACK]
    assert development.release() == before
    assert development.service().running == 3


def test_none_at_all_is_verified_as_such_and_ends_with_the_number_of_before(
    development: Place, first: Release, scaled: Ended
) -> None:
    """The load balancer says 503, as it should; then the application is back."""
    ended = scale(development, 0)
    assert ended.state == "Completed", ended.message
    assert development.service().running == 0
    ended = scale(development, first.desired_count)
    assert ended.state == "Completed", ended.message
    assert development.release() == first
    assert development.serving()["image_digest"] == first.image_digest


def test_an_absurd_number_and_none_without_a_word_are_refused(
    development: Place, staging: Place, sandbox: RunningSandbox
) -> None:
    """Before anything is planned, with what to do."""
    ended = scale(development, development.environment.limits.max_tasks + 1)
    assert (ended.state, development.environment.limits.max_tasks_because in ended.message) == (
        "Refused",
        True,
    )
    command = ("trigger", SCALE.value, "--env", staging.name, "--wait", "-p", "desired_count=0")
    printed = credex(sandbox, *command)
    assert (printed.exit_code, "no reason is given" in printed.out) == (3, True), printed
    assert development.records(ended.run_id) == []
