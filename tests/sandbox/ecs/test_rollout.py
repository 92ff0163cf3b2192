"""A service brings its tasks up as real processes, replaces them, and keeps its count."""

from __future__ import annotations

import signal

import psutil
import pytest

from tests.sandbox.ecs.environment import Environment, address_of
from tests.sandbox.ecs.processes import process_of
from tests.sandbox.ecs.waiting import wait_for

pytestmark = pytest.mark.sandbox


def test_a_service_ends_with_healthy_tasks_that_answer_through_the_load_balancer(env: Environment) -> None:
    """Two tasks in two zones, known by their image's digest, and a completed deployment."""
    digest = env.push()
    env.create_service(env.task_definition(digest), desired=2)
    env.wait_until_steady()

    service = env.service()
    assert (service["runningCount"], service["pendingCount"]) == (2, 0)
    assert set(env.target_states().values()) == {"healthy"}
    tasks = env.tasks()
    assert {task["containers"][0]["imageDigest"] for task in tasks} == {digest}
    assert {task["availabilityZone"] for task in tasks} == {"af-south-1a", "af-south-1b"}
    assert all(task["lastStatus"] == "RUNNING" and "exitCode" not in task["containers"][0] for task in tasks)
    assert {address_of(task) for task in tasks} == set(env.target_states())
    assert env.serving() == {digest}
    assert any("has reached a steady state." in event["message"] for event in service["events"])


def test_a_new_image_replaces_the_old_one(env: Environment) -> None:
    """A new deployment opens, completes, and only its image answers; the old task ended by SIGTERM."""
    old, new = env.push(), env.push()
    env.create_service(env.task_definition(old))
    env.wait_until_steady()
    first = env.primary()["id"]

    opened = env.update(taskDefinition=env.task_definition(new))["deployments"]
    assert [deployment["status"] for deployment in opened] == ["PRIMARY", "ACTIVE"]
    assert opened[0]["rolloutState"] == "IN_PROGRESS"
    env.wait_until_steady()

    assert env.primary()["id"] == opened[0]["id"] != first
    assert env.serving() == {new}
    (stopped,) = env.tasks("STOPPED")
    assert stopped["startedBy"] == first
    assert stopped["stopCode"] == "ServiceSchedulerInitiated"
    assert stopped["containers"][0]["exitCode"] == 128 + signal.SIGTERM


def test_a_forced_deployment_starts_the_same_image_anew(env: Environment) -> None:
    """The task definition stays, the task is another one."""
    digest = env.push()
    env.create_service(env.task_definition(digest))
    env.wait_until_steady()
    before, (task,) = env.primary(), env.tasks()

    env.update(forceNewDeployment=True)
    env.wait_until_steady()

    assert env.primary()["id"] != before["id"]
    assert env.primary()["taskDefinition"] == before["taskDefinition"]
    assert [other["taskArn"] for other in env.tasks()] != [task["taskArn"]]


def test_scaling_changes_the_count_and_opens_no_deployment(env: Environment) -> None:
    """One, three, none and one again: the tasks follow; the deployment and the first task stay."""
    env.create_service(env.task_definition(env.push()))
    env.wait_until_steady()
    deployment, (first,) = env.primary()["id"], env.tasks()

    scale(env, 3)
    scale(env, 1)
    assert env.primary()["id"] == deployment
    assert first["taskArn"] in {task["taskArn"] for task in env.tasks("RUNNING") + env.tasks("STOPPED")}
    scale(env, 0)
    assert env.target_states() == {}
    assert env.primary()["rolloutState"] == "COMPLETED"


def scale(env: Environment, wanted: int) -> None:
    """Ask for so many tasks and wait until they run behind healthy targets."""
    env.update(desiredCount=wanted)
    wait_for("healthy targets", lambda: list(env.target_states().values()) == ["healthy"] * wanted)
    wait_for("running tasks", lambda: env.service()["runningCount"] == wanted)


def test_a_service_without_tasks_is_complete_at_once(env: Environment) -> None:
    """Databases come first in an initial deployment: the service is made with a desired count of 0."""
    env.create_service(env.task_definition("sha256:" + "0" * 64), desired=0)
    env.wait_until_steady(within=5)
    assert env.service()["runningCount"] == 0


def test_a_task_whose_process_dies_is_replaced(env: Environment) -> None:
    """The dead task says how it ended; another takes its place within the same deployment."""
    env.create_service(env.task_definition(env.push()))
    env.wait_until_steady()
    deployment, (task,) = env.primary()["id"], env.tasks()

    process_of(task).kill()
    wait_for("another task", lambda: [t["taskArn"] for t in env.tasks()] not in ([], [task["taskArn"]]))
    wait_for("a healthy target", lambda: "healthy" in env.target_states().values())

    (dead,) = env.ecs.describe_tasks(cluster=env.name, tasks=[task["taskArn"]])["tasks"]
    assert dead["stopCode"] == "EssentialContainerExited"
    assert dead["containers"][0]["exitCode"] == 137
    assert env.primary()["id"] == deployment
    assert env.primary()["rolloutState"] == "COMPLETED"


def test_a_task_stopped_by_a_user_is_replaced(env: Environment) -> None:
    """StopTask is an operation of people on call, and says so afterwards."""
    env.create_service(env.task_definition(env.push()))
    env.wait_until_steady()
    (task,) = env.tasks()

    env.ecs.stop_task(cluster=env.name, task=task["taskArn"], reason="looks stuck")
    wait_for(
        "a stopped task", lambda: env.tasks("STOPPED") and env.tasks("STOPPED")[0]["lastStatus"] == "STOPPED"
    )
    wait_for("another task", lambda: env.service()["runningCount"] == 1)

    (stopped,) = env.tasks("STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "looks stuck")


def test_a_deleted_service_drains_before_it_is_inactive(env: Environment) -> None:
    """No process outlives its service, and the service is listed no more."""
    env.create_service(env.task_definition(env.push()))
    env.wait_until_steady()
    (task,) = env.tasks()
    process = process_of(task)

    deleted = env.ecs.delete_service(cluster=env.name, service=env.name, force=True)["service"]
    assert deleted["status"] == "DRAINING"
    wait_for("an inactive service", lambda: env.service()["status"] == "INACTIVE")

    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert env.ecs.list_services(cluster=env.name)["serviceArns"] == []
    assert env.target_states() == {}
