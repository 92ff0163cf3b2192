"""Changes of the number of tasks: whether there is room for them, and whether each of them serves."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import get_run_logger

from models.change import Change
from models.check import Check
from models.environment import Environment
from models.errors import RolloutFailed
from models.outputs import Outputs
from models.reaching import check_told, check_untold
from models.release import Release
from models.rollout import Expected, Outcome
from models.scaling import require_room
from models.scaling_progress import check_zones
from systems.aws.ecs import read_service, running_tasks
from systems.aws.load_balancer import target_health
from systems.aws.scaling import watch_scaling
from systems.aws.session import Aws
from systems.aws.subnets import read_room
from systems.reaching import ask_by_name, ask_directly, ask_without_names
from systems.waiting import Pace, wait_for
from tasks.applying import began
from tasks.rollout import ROLLOUT_SECONDS
from tasks.steps import look

ZONES_SECONDS = 60
"""How long to wait for ECS to balance the zones; it may take longer, and that is no failure."""


@look("Check that the subnets bear so many tasks")
def check_room(environment: Environment, outputs: Outputs, wanted: int) -> None:
    """Raise Refused where the service's subnets have too few free addresses."""
    room = read_room(Aws(environment.aws.region), outputs.cluster, outputs.service)
    require_room(room, wanted)
    free = ", ".join(f"{subnet.free} in {subnet.zone}" for subnet in room.subnets)
    get_run_logger().info("Free addresses for tasks: %s.", free)


@look(
    "Watch the service until the number of tasks runs", "Watch the service until {change.release.tasks} run"
)
def watch_tasks(change: Change, outputs: Outputs) -> None:
    """Wait until as many tasks run as the release says.

    Raises RolloutFailed with ECS's reasons when tasks keep failing, when something else is deployed
    meanwhile, or when it does not end in time: ECS itself never gives a number up.
    """
    logger, release = get_run_logger(), change.release
    record = began(change)
    rollout = watch_scaling(
        Aws(change.environment.aws.region),
        outputs.cluster,
        outputs.service,
        expected=Expected.of(change.environment, outputs, release),
        since=record.written_at if record else datetime.now(UTC),
        pace=Pace(ROLLOUT_SECONDS),
        on_progress=lambda sentence: logger.info("%s", sentence),
    )
    if rollout.outcome is not Outcome.COMPLETED:
        raise RolloutFailed(
            f"The service did not come to {release.tasks} ({rollout.reason}).",
            next_step=f"Look at the events and the stopped tasks of {outputs.service}; then scale again.",
        )


@look("Ask every task through the load balancer")
def check_every_task(environment: Environment, outputs: Outputs, release: Release) -> list[Check]:
    """Whether requests reach every task, and whether the zones have equally many."""
    if release.desired_count == 0:
        return []
    aws, logger = Aws(environment.aws.region), get_run_logger()
    checks = [_check_reached(environment, outputs, aws), _check_zones(outputs, aws)]
    for check in checks:
        logger.info("%s: %s.", check.name, check.detail)
    return checks


def _check_reached(environment: Environment, outputs: Outputs, aws: Aws) -> Check:
    identity = environment.service.task_identity
    if identity:
        tasks = {task.name for task in running_tasks(aws, outputs.cluster, outputs.service)}
        return check_told(ask_by_name(outputs.api_url, identity, tasks), tasks)
    groups = read_service(aws, outputs.cluster, outputs.service).target_groups
    targets = [one for group in groups for one in target_health(aws, group) if one.state == "healthy"]
    asked = ask_without_names(outputs.api_url, environment.service, len(targets))
    return check_untold(asked, ask_directly(targets, environment.service.health_path), len(targets))


def _check_zones(outputs: Outputs, aws: Aws) -> Check:
    """As it is once ECS has balanced the zones, or when it has had the time to."""

    def check() -> Check:
        zones = {subnet.zone for subnet in read_room(aws, outputs.cluster, outputs.service).subnets}
        return check_zones(running_tasks(aws, outputs.cluster, outputs.service), zones)

    def balanced() -> Check | None:
        found = check()
        return found if found.passed else None

    return wait_for(balanced, Pace(ZONES_SECONDS)) or check()
