"""What a container is given, and why a task cannot start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.ecs.environment import Environment, environment
from tests.sandbox.ecs.processes import process_of
from tests.sandbox.ecs.waiting import wait_for

pytestmark = pytest.mark.sandbox

AWSLOGS = {"awslogs-region": "af-south-1", "awslogs-stream-prefix": "app"}


def failed_task(env: Environment) -> dict[str, Any]:
    """Wait for the first task that could not start."""
    return wait_for("a stopped task", lambda: env.tasks("STOPPED"))[0]


def test_secrets_reach_the_container_decrypted_and_nothing_else(env: Environment) -> None:
    """By name and by ARN; the process list shows neither, and the sandbox's own variables stay outside."""
    ssm = env.clients("ssm")
    for key in ("JWT_SECRET", "CLIENT_API_KEY"):
        ssm.put_parameter(Name=f"/credex/{env.name}/{key}", Value=f"plain-{key}", Type="SecureString")
    arn = ssm.get_parameter(Name=f"/credex/{env.name}/JWT_SECRET")["Parameter"]["ARN"]
    secrets = [
        {"name": "JWT_SECRET", "valueFrom": arn},
        {"name": "CLIENT_API_KEY", "valueFrom": f"/credex/{env.name}/CLIENT_API_KEY"},
    ]
    env.create_service(
        env.task_definition(env.push(), secrets=secrets, environment=environment(NODE_ENV="staging"))
    )
    env.wait_until_steady()

    process = process_of(env.tasks()[0])
    given = process.environ()
    assert (given["JWT_SECRET"], given["CLIENT_API_KEY"]) == ("plain-JWT_SECRET", "plain-CLIENT_API_KEY")
    assert given["NODE_ENV"] == "staging"
    assert set(given) & set(os.environ) <= {"PATH", "LC_ALL", "PYTHONPATH", "PYTHONUNBUFFERED", "AWS_REGION"}
    assert "plain-" not in " ".join(process.cmdline())
    assert "plain-" not in str(env.service()) + str(env.tasks())


def test_a_missing_secret_is_named_in_the_stopped_reason(env: Environment) -> None:
    """The parameter is not there: the task never runs, and the circuit breaker ends it."""
    secrets = [{"name": "JWT_SECRET", "valueFrom": f"/credex/{env.name}/JWT_SECRET"}]
    env.create_service(env.task_definition(env.push(), secrets=secrets))

    task = failed_task(env)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("ResourceInitializationError")
    assert f"/credex/{env.name}/JWT_SECRET" in task["stoppedReason"]
    assert "startedAt" not in task
    wait_for("a failed deployment", lambda: env.primary()["rolloutState"] == "FAILED")


def test_an_image_that_was_never_pushed_cannot_be_pulled(env: Environment) -> None:
    """The digest is not in ECR."""
    digest = "sha256:" + "a" * 64
    env.create_service(env.task_definition(digest))

    task = failed_task(env)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError")
    assert digest in task["stoppedReason"]


def test_the_output_of_a_task_is_in_its_log_stream_and_file(env: Environment, state_folder: Path) -> None:
    """Stream prefix/container/task id, as awslogs names it."""
    group = f"/ecs/{env.name}"
    env.clients("logs").create_log_group(logGroupName=group)
    logging = {"logDriver": "awslogs", "options": {"awslogs-group": group, **AWSLOGS}}
    env.create_service(env.task_definition(env.push(), logConfiguration=logging))
    env.wait_until_steady()

    task_id = env.tasks()[0]["taskArn"].rsplit("/", 1)[-1]
    stream = {"logGroupName": group, "logStreamName": f"app/credex-core/{task_id}"}
    events = wait_for("log events", lambda: env.clients("logs").get_log_events(**stream)["events"])
    assert any("listens on" in event["message"] for event in events)
    assert "listens on" in (state_folder / "tasks" / f"{task_id}.log").read_text()


def test_a_missing_log_group_is_named_in_the_stopped_reason(env: Environment) -> None:
    """Terraform forgot the log group."""
    logging = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/nowhere", **AWSLOGS}}
    env.create_service(env.task_definition(env.push(), logConfiguration=logging))
    assert "/ecs/nowhere" in failed_task(env)["stoppedReason"]
