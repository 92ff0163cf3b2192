"""A broken image ends a deployment by the circuit breaker, and the version before goes on serving."""

from __future__ import annotations

import pytest

from tests.sandbox.ecs.environment import Environment
from tests.sandbox.ecs.waiting import wait_for

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("crash", "Essential container in task exited"),
        ("sick", "Task failed ELB health checks in (target-group"),
        ("wrong-port", "Task failed ELB health checks in (target-group"),
    ],
)
def test_the_circuit_breaker_puts_the_old_version_back(env: Environment, behaviour: str, reason: str) -> None:
    """The old task was never touched; the service says why the new ones failed and what it went back to."""
    good = env.push()
    env.create_service(env.task_definition(good))
    env.wait_until_steady()
    before, (task,) = env.primary(), env.tasks()

    opened = env.update(taskDefinition=env.task_definition(env.push(behaviour)))["deployments"][0]
    wait_for("a roll-back", lambda: env.primary()["id"] == before["id"], within=60)
    env.wait_until_steady()

    assert env.service()["taskDefinition"] == before["taskDefinition"]
    assert [survivor["taskArn"] for survivor in env.tasks()] == [task["taskArn"]]
    assert env.serving() == {good}
    messages = [event["message"] for event in env.service()["events"]]
    assert any(f"(deployment {opened['id']}) deployment failed" in message for message in messages)
    assert any(f"rolling back to deployment {before['id']}" in message for message in messages)
    failures = [stopped for stopped in env.tasks("STOPPED") if stopped["startedBy"] == opened["id"]]
    assert len(failures) >= 3
    assert any(failure["stoppedReason"].startswith(reason) for failure in failures)


def test_a_crash_leaves_its_exit_code(env: Environment) -> None:
    """With nothing to go back to the deployment stays FAILED, and nothing is started any more."""
    env.create_service(env.task_definition(env.push("crash")))
    wait_for("a failed deployment", lambda: env.primary()["rolloutState"] == "FAILED")

    assert env.primary()["failedTasks"] == 3
    assert "circuit breaker" in env.primary()["rolloutStateReason"]
    wait_for("no task", lambda: env.service()["runningCount"] + env.service()["pendingCount"] == 0)
    stopped = env.tasks("STOPPED")
    assert [task["stopCode"] for task in stopped] == ["EssentialContainerExited"] * 3
    assert {task["containers"][0]["exitCode"] for task in stopped} == {3}


def test_after_a_failure_without_roll_back_a_good_image_recovers(env: Environment) -> None:
    """Without rollback the failed deployment is PRIMARY until the next one; the old task serves meanwhile."""
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    good, better = env.push(), env.push()
    env.create_service(env.task_definition(good), deploymentConfiguration=breaker)
    env.wait_until_steady()

    env.update(taskDefinition=env.task_definition(env.push("crash")))
    wait_for("a failed deployment", lambda: env.primary()["rolloutState"] == "FAILED")
    assert env.serving() == {good}

    env.deploy(better)
    assert env.serving() == {better}


def test_without_a_circuit_breaker_a_broken_image_is_tried_on(env: Environment) -> None:
    """More tasks than the breaker's threshold fail, and the deployment still says IN_PROGRESS."""
    configuration = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    env.create_service(env.task_definition(env.push("crash")), deploymentConfiguration=configuration)
    wait_for("a fourth failure", lambda: env.primary()["failedTasks"] >= 4)
    assert env.primary()["rolloutState"] == "IN_PROGRESS"


def test_a_slow_start_is_given_the_time_it_needs(env: Environment) -> None:
    """A task that does not answer yet is no failure within the health check grace period."""
    slow = env.push("slow-start")
    env.create_service(env.task_definition(slow), healthCheckGracePeriodSeconds=60)
    env.wait_until_steady()
    assert env.tasks("STOPPED") == []
    assert env.serving() == {slow}
