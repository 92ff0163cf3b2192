"""Whether a number of tasks may be run, and what people should know of it before they agree. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from models.environment import LimitsSettings
from models.errors import Refused
from models.guard import Finding, Severity
from models.release import Release


class Subnet(BaseModel):
    """One of the service's subnets: `free` addresses, and how many of its `tasks` have one already."""

    model_config = ConfigDict(frozen=True)

    id: str
    zone: str
    free: int
    tasks: int


class Room(BaseModel):
    """Where a service's tasks can be, and how many ECS may run for a while, in percent of the wanted."""

    model_config = ConfigDict(frozen=True)

    subnets: list[Subnet]
    maximum_percent: int

    def lacks(self, wanted: int) -> list[str]:
        """What the subnets lack for so many tasks, a clause each.

        On Fargate each task has an address of its own. A deployment runs old and new tasks side by side, so
        that a service which just fits could never be deployed again.
        """
        peak = wanted * self.maximum_percent // 100
        share = -(-peak // len(self.subnets))
        return [
            f"{subnet.id} in {subnet.zone} has {subnet.free} free addresses and would need {needed}"
            for subnet in self.subnets
            if (needed := share - subnet.tasks) > subnet.free
        ]

    def most(self) -> int:
        """How many tasks the subnets bear."""
        bound = sum(subnet.free + subnet.tasks for subnet in self.subnets)
        return next(count for count in range(bound, -1, -1) if count == 0 or not self.lacks(count))


def require_room(room: Room, wanted: int) -> None:
    """Raise Refused where the subnets have too few free addresses."""
    if lacking := room.lacks(wanted):
        raise Refused(
            f"The subnets do not bear {wanted} tasks while a deployment replaces them: {'; '.join(lacking)}.",
            next_step=f"Choose at most {room.most()}, or give the service larger subnets.",
        )


def require_sensible(environment: str, limits: LimitsSettings, wanted: int, reason: str) -> None:
    """Raise Refused for more tasks than the environment's limit, and for none without a reason."""
    if wanted > limits.max_tasks:
        raise Refused(
            f"{environment} may have at most {limits.max_tasks} tasks: {limits.max_tasks_because}.",
            next_step="Choose fewer, or have limits.max_tasks in its TOML file raised by whoever knows why.",
        )
    if wanted == 0 and limits.zero_tasks_need_a_reason and not reason:
        raise Refused(
            f"Nobody could reach {environment} without a task, and no reason is given.",
            next_step="Fill in the reason: it is shown to the approver and kept in the log.",
        )


def notes_on_count(current: Release | None, release: Release) -> list[Finding]:
    """What an approver should know of the new number of tasks."""
    before = current.desired_count if current else 0
    if release.desired_count == 0:
        return [_note("no task runs afterwards, and the load balancer answers 503 to everybody.")]
    if before == 1 < release.desired_count:
        return [
            _note(
                f"{release.desired_count} tasks in place of one: each runs the application's own jobs, which "
                "look at a flag and then set it, so that two may run the same minute's or midnight's job."
            )
        ]
    return []


def _note(reason: str) -> Finding:
    return Finding(severity=Severity.WORTH_A_LOOK, address="desired_count", reason=f"desired_count: {reason}")
