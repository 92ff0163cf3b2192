"""Whether a service is what it is to be, as checks for people. Pure: it is told what was seen."""

from __future__ import annotations

from collections import Counter

from models.check import Check, Verdict
from models.rollout import Expected, ServiceState, Task, task_definition_name
from models.traffic import Target

DEPLOYMENT = "ECS deployment"
COUNT = "Number of tasks"
IMAGES = "Image of every task"
TARGETS = "Load balancer's targets"

_LEAVING = {"draining", "unused"}
"""States of targets that get no requests any more, such as an earlier version's."""


def check_deployment(state: ServiceState, expected: Expected) -> Check:
    """Our deployment is the PRIMARY one and ECS calls it COMPLETED."""
    primary = state.primary
    if primary is None:
        return _failed(DEPLOYMENT, f"{state.service} has no deployment", "Deploy a release to it.")
    name = task_definition_name(primary.task_definition)
    if not expected.is_ours(primary):
        runs = ", ".join(digest[:19] for digest in primary.image_digests) or "an image named by a tag"
        return _failed(
            DEPLOYMENT,
            f"PRIMARY is {name} with {runs}, not {expected.image_digest[:19]}",
            "Find out in the deployment log who changed it, or whether ECS rolled back; then deploy again.",
        )
    if primary.rollout_state != "COMPLETED":
        why = f": {primary.rollout_reason}" if primary.rollout_reason else ""
        return _failed(
            DEPLOYMENT,
            f"{name} is {primary.rollout_state or 'without a rollout state'}{why}",
            "Wait for the rollout to end, then verify again; look at the service's events if it does not.",
        )
    return _passed(DEPLOYMENT, f"{name} is PRIMARY and COMPLETED")


def check_count(state: ServiceState, expected: Expected) -> Check:
    """As many tasks are wanted, and run, as the release says."""
    if state.desired != expected.desired_count:
        return _failed(
            COUNT,
            f"{state.desired} are desired, the release says {expected.desired_count}",
            "Find out who scaled the service, and use the scenario scaling for it.",
        )
    if (state.running, state.pending) != (expected.desired_count, 0):
        return _failed(
            COUNT,
            f"{state.running} of {expected.desired_count} run, {state.pending} are starting",
            "Look at the service's events and the stopped tasks' reasons.",
        )
    return _passed(COUNT, f"{state.running} of {expected.desired_count} run")


def check_images(tasks: list[Task], expected: Expected) -> Check:
    """Every task runs our image."""
    others = Counter(_image(task) for task in tasks if not task.runs(expected.image_digest))
    if others:
        listed = ", ".join(f"{count} run {image}" for image, count in others.items())
        return _failed(
            IMAGES,
            f"{listed}, not {expected.image_digest[:19]}",
            "Wait for a rollout to end, or deploy again.",
        )
    if len(tasks) < expected.desired_count:
        return _failed(
            IMAGES,
            f"only {len(tasks)} of {expected.desired_count} tasks are there to look at",
            "Look at the service's events and the stopped tasks' reasons.",
        )
    return _passed(IMAGES, f"all {len(tasks)} run {expected.image_digest[:19]}")


def check_targets(targets: list[Target], expected: Expected) -> Check:
    """Every task is a healthy target, and no other target is registered."""
    serving = [target for target in targets if target.state not in _LEAVING]
    sick = [target for target in serving if target.state != "healthy"]
    if sick:
        listed = ", ".join(
            f"{target.address}:{target.port} is {target.state}"
            + (f" ({target.reason})" if target.reason else "")
            for target in sick
        )
        return _failed(TARGETS, listed, "Look at the tasks' logs, and at the health check's path and port.")
    if len(serving) != expected.desired_count:
        return _failed(
            TARGETS,
            f"{len(serving)} are registered, the release says {expected.desired_count}",
            "Look whether the service is attached to this target group, and at its events.",
        )
    return _passed(TARGETS, f"all {len(serving)} are healthy")


def _image(task: Task) -> str:
    return " ".join((one.image_digest or "an unknown image")[:19] for one in task.containers)


def _passed(name: str, detail: str) -> Check:
    return Check(name=name, verdict=Verdict.PASSED, detail=detail)


def _failed(name: str, detail: str, next_step: str) -> Check:
    return Check(name=name, verdict=Verdict.FAILED, detail=detail, next_step=next_step)
