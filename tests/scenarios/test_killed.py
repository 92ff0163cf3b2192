"""Kill -9, at the worst moments: the run goes on by itself, does nothing twice, and asks nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from prefect.client.schemas.objects import FlowRun

from models.log import Event
from models.names import Scenario
from systems.waiting import wait_for
from tasks.lock import lock_name
from tests.scenarios.front_door import approve, begin, finish, slots_taken, wait_for_question
from tests.scenarios.killed_support import (
    SOON,
    built_twice,
    end_of,
    instances_of,
    is_applying,
    kill_flow,
    kill_flow_and_terraform,
    kill_server_at_each,
    lock_of,
    log_of,
    read_run,
    step_began,
    story,
    times_asked,
)
from tests.scenarios.place import Place
from tests.scenarios.twice import Twice

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(1800)]

APPROVER = "Tendai Ncube"
CONTINUED = "This run was stopped in the middle of its apply"
FOREIGN_LOCK = {
    "ID": "0c0ffee0-aaaa-bbbb-cccc-123456789abc",
    "Operation": "OperationTypeApply",
    "Info": "",
    "Who": "ann@laptop",
    "Version": "1.9.8",
    "Created": "2026-11-20T08:15:00.123456789Z",
    "Path": "",
}


@dataclass(frozen=True)
class Killed:
    """A run that was killed and went on to its end, and what it said."""

    run: FlowRun
    log: str
    place: Place

    @classmethod
    def followed(cls, run_id: UUID, place: Place) -> Killed:
        """The run once it has ended for good."""
        return cls(end_of(run_id), log_of(run_id), place)


@pytest.fixture(scope="module")
def shut_out(unbuilt: Place, to_be_shut_out: UUID) -> Iterator[tuple[Place, UUID]]:
    """An initial deployment whose state somebody else has locked; it waits for them in vain."""
    where, s3 = unbuilt.environment.aws, unbuilt.aws.s3
    lock = f"{where.state_key}.tflock"
    question = wait_for_question(to_be_shut_out)
    s3.put_object(Bucket=where.state_bucket, Key=lock, Body=json.dumps(FOREIGN_LOCK))
    approve(question, APPROVER)
    yield unbuilt, to_be_shut_out
    s3.delete_object(Bucket=where.state_bucket, Key=lock)


@pytest.fixture(scope="module")
def built(production_begun: UUID | None, production: Place) -> Killed:
    """The initial deployment whose worker and flow were killed while its machines were being created."""
    if production_begun is None:
        pytest.skip("production was built by an earlier session")
    return Killed.followed(production_begun, production)


def test_a_build_goes_on_after_worker_and_flow_were_killed_in_the_middle_of_the_apply(built: Killed) -> None:
    """A new worker finds the run and continues it; it verifies what it built, as every run does."""
    assert built.run.state_name == "Completed", built.run.state
    assert built.run.run_count == 2
    assert built.log.count(CONTINUED) == 1


def test_two_environments_change_at_the_same_time(
    built: Killed, staging: Place, staging_twice: Twice
) -> None:
    """Each began before the other ended, and both came to a good end."""
    build = built.place.records(built.run.id)
    others = [record for ended in staging_twice.ended for record in staging.records(ended.run_id)]
    assert build[0].written_at < others[-1].written_at
    assert others[0].written_at < build[-1].written_at
    assert build[-1].entry.event is others[-1].entry.event is Event.SUCCEEDED


@pytest.mark.usefixtures("shut_out")  # so that it waits in vain while the others here have work
def test_nothing_is_built_twice(built: Killed) -> None:
    """All that AWS has of the environment is what Terraform's state says."""
    assert built_twice(built.place) == []


def test_no_lock_is_left_behind(built: Killed) -> None:
    """Neither Terraform's nor the environment's."""
    assert lock_of(built.place) is None
    assert slots_taken(lock_name(built.place.environment)) == 0


def test_the_log_tells_one_story_of_a_killed_run(built: Killed) -> None:
    """Each of the two plans began once, and one record ends it; the chain of hashes is whole."""
    told = story(built.place, built.run.id)
    assert set(told.values()) == {1}, told
    assert sum(event.startswith("started") for event in told) == 2
    assert told["succeeded"] == 1
    assert built.place.log.verify() == []


def test_no_approval_is_asked_twice(built: Killed) -> None:
    """The one that was given covers what was left to do."""
    assert times_asked(built.run.id) == 1


@pytest.fixture(scope="module")
def updated(staging: Place) -> Killed:
    """An application deployment killed with its Terraform in the apply, and again while it watched ECS."""
    run_id = begin(Scenario.APPLICATION_DEPLOYMENT, staging.name, commit=staging.push().commit)
    assert wait_for(lambda: is_applying(staging), SOON), "it does not apply"
    kill_flow_and_terraform(run_id)
    assert lock_of(staging), "Terraform gave its lock back although it was killed"
    watching = wait_for(lambda: step_began(run_id, "Watch the service"), SOON)
    assert watching, f"it does not go on: {read_run(run_id).state}"
    kill_flow(run_id)
    return Killed.followed(run_id, staging)


def test_a_deployment_goes_on_after_terraform_itself_was_killed(updated: Killed) -> None:
    """The lock that Terraform left is proven to be the run's own, and given back."""
    assert updated.run.state_name == "Completed", updated.run.state
    assert "Giving back the lock" in updated.log
    assert lock_of(updated.place) is None


def test_a_deployment_that_was_killed_while_it_watched_ecs_does_not_apply_again(updated: Killed) -> None:
    """Its apply was done: it watches on, verifies, and ends the story."""
    assert updated.run.run_count == 3
    assert updated.log.count(CONTINUED) == 1
    told = story(updated.place, updated.run.id)
    assert set(told.values()) == {1}, told
    assert told["succeeded"] == 1


def test_the_deployed_image_serves_after_two_kills(updated: Killed) -> None:
    """What people see of it all."""
    release = updated.place.release()
    assert updated.place.serving()["image_digest"] == release.image_digest
    assert built_twice(updated.place) == []


@pytest.mark.exhaustive
def test_a_deployment_outlives_prefects_server_at_any_step(staging: Place) -> None:
    """It is the same process that goes on, once another server answers; each step is told and done once."""
    run_id = begin(Scenario.APPLICATION_DEPLOYMENT, staging.name, commit=staging.push().commit)
    steps = ["Plan the release", "Apply the plan", "Watch the service", "Record: succeeded"]
    kill_server_at_each(staging.sandbox, run_id, steps)
    ended = end_of(run_id)
    assert (ended.state_name, ended.run_count) == ("Completed", 1), ended.state
    assert set(story(staging, run_id).values()) == {1}
    assert built_twice(staging) == []


def test_somebody_elses_lock_is_named_and_left_alone(shut_out: tuple[Place, UUID]) -> None:
    """Whoever reads the run's end knows who holds it, since when, and how to release it if they are gone."""
    place, run_id = shut_out
    ended = finish(run_id)
    assert ended.state == "Failed"
    for part in (FOREIGN_LOCK["Who"], "2026-11-20 08:15", f"terraform force-unlock {FOREIGN_LOCK['ID']}"):
        assert part in ended.message
    assert lock_of(place) == FOREIGN_LOCK
    assert instances_of(place) == []
