"""Follows our own ECS deployment to its end and believes only what runs."""

from __future__ import annotations

from prefect import get_run_logger

from models.check import Check
from models.environment import Environment
from models.errors import Refused, RolloutFailed
from models.outputs import Outputs
from models.release import Release
from models.rollout import Expected, Outcome
from systems.aws.ecs import read_service
from systems.aws.restart import restart_tasks
from systems.aws.service import rollout_evidence, watch_rollout, why_not_serving
from systems.aws.session import Aws
from systems.waiting import Pace
from tasks.state import terraform_state
from tasks.steps import look, step

ROLLOUT_SECONDS = 20 * 60
"""Longer than ECS's circuit breaker takes to give up on tasks that never become healthy."""

TARGETS_SECONDS = 5 * 60
"""Longer than a health check's grace period and the healthy threshold take together."""


@step("Count the tasks that are wanted now")
def count_tasks(environment: Environment, attempt: int) -> int:  # noqa: ARG001 part of the result's key
    """How many tasks the service is to have now; 0 where there is no service yet.

    Raises Refused where the one that is to be adopted is not there.
    """
    names, outputs = terraform_state(environment).output_values(), environment.terraform.outputs
    cluster, service = names.get(outputs.cluster), names.get(outputs.service)
    if not (isinstance(cluster, str) and isinstance(service, str)):
        adopts = environment.adopts
        return _wanted(environment, adopts.cluster, adopts.service) if adopts else 0
    try:
        return _wanted(environment, cluster, service)
    except Refused:  # in a half-built environment the names are known before the service is there
        return 0


def _wanted(environment: Environment, cluster: str, service: str) -> int:
    return read_service(Aws(environment.aws.region), cluster, service).desired


@look("Watch the service until the release runs", "Watch the service until {release.image_digest:.19} runs")
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
        expected=Expected.of(environment, outputs, release),
        deadline_seconds=ROLLOUT_SECONDS,
        on_progress=lambda sentence: logger.info("%s", sentence),
    )
    if rollout.outcome is not Outcome.COMPLETED:
        reasons = "; ".join(rollout.reasons) or "no reason given"
        raise RolloutFailed(
            f"The release did not come up ({rollout.outcome}): {reasons}.",
            next_step=f"Look at the logs of {outputs.service}'s tasks, mend the image, deploy that commit.",
        )


@look("Wait until every task answers the load balancer")
def wait_for_targets(environment: Environment, outputs: Outputs, release: Release) -> None:
    """Wait until the service is as the release says: ECS calls more tasks of a completed rollout no rollout.

    Raises RolloutFailed with what is not well when tasks keep failing or the deadline passes: for ECS a task
    runs from its process's first moment on, so that a rollout may be completed by tasks that then crash.
    """
    logger = get_run_logger()
    unwell = why_not_serving(
        Aws(environment.aws.region),
        outputs.cluster,
        outputs.service,
        expected=Expected.of(environment, outputs, release),
        pace=Pace(TARGETS_SECONDS),
        on_progress=lambda sentence: logger.info("%s", sentence),
    )
    if unwell:
        raise RolloutFailed(
            f"Not every task serves ({'; '.join(unwell)}).",
            next_step=f"Look at the logs of {outputs.service}'s tasks and at the health check's path.",
        )


@step("Start the application's tasks anew, so that they read the databases' new addresses")
def restart_application(environment: Environment, outputs: Outputs, keys: list[str]) -> None:
    """Roll out the present task definition once more; `keys` are the values in SSM that changed."""
    get_run_logger().info("The tasks start anew, because of %s.", ", ".join(keys))
    restart_tasks(Aws(environment.aws.region), outputs.cluster, outputs.service)


def service_evidence(environment: Environment, outputs: Outputs, release: Release) -> list[Check]:
    """What shows that the service runs the release: deployment, count, images, targets."""
    aws, expected = Aws(environment.aws.region), Expected.of(environment, outputs, release)
    return rollout_evidence(aws, outputs.cluster, outputs.service, expected)
