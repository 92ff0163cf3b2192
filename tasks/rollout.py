"""Follows our own ECS deployment to its end and believes only what runs."""

from __future__ import annotations

from prefect import get_run_logger

from models.environment import Environment
from models.errors import RolloutFailed
from models.outputs import Outputs
from models.release import Release
from models.rollout import Outcome
from systems.aws.ecs import read_service
from systems.aws.service import watch_rollout
from systems.aws.session import Aws
from tasks.steps import look
from tasks.workspace import terraform_for

ROLLOUT_SECONDS = 20 * 60
"""Longer than ECS's circuit breaker takes to give up on tasks that never become healthy."""


@look("Count the tasks that are wanted now")
def count_tasks(environment: Environment) -> int:
    """How many tasks the service is to have now; 0 where there is no service yet."""
    with terraform_for(environment) as terraform:
        names = terraform.outputs()
    cluster, service = (names.get(key) for key in _service_outputs(environment))
    if not (isinstance(cluster, str) and isinstance(service, str)):
        return 0
    return read_service(Aws(environment.aws.region), cluster, service).desired


def _service_outputs(environment: Environment) -> tuple[str, str]:
    return environment.terraform.outputs.cluster, environment.terraform.outputs.service


@look("Watch the service until the release runs", "Watch the service until {release.image_digest} runs")
def watch_release(environment: Environment, outputs: Outputs, release: Release) -> None:
    """Wait until every task runs the release's image and ECS calls the rollout completed.

    Raises RolloutFailed with ECS's reasons when ECS rolled it back or it did not end in time: Terraform's
    exit code says nothing of that.
    """
    logger = get_run_logger()
    rollout = watch_rollout(
        Aws(environment.aws.region),
        outputs.cluster,
        outputs.service,
        expected_digest=release.image_digest,
        desired_count=release.desired_count,
        deadline_seconds=ROLLOUT_SECONDS,
        on_progress=lambda sentence: logger.info("%s", sentence),
        task_definition=outputs.task_definition,
    )
    if rollout.outcome is not Outcome.COMPLETED:
        reasons = "; ".join(rollout.reasons) or "no reason given"
        raise RolloutFailed(
            f"The release did not come up ({rollout.outcome}): {reasons}.",
            next_step=f"Look at the logs of {outputs.service}'s tasks, mend the image, deploy that commit.",
        )
