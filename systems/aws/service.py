"""Follows our own deployment of an ECS service to its end, and gathers evidence of what runs.

Terraform may say that all went well after ECS has rolled back: what is believed is the PRIMARY deployment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from models.check import Check, Verdict
from models.errors import DeployError, Refused
from models.rollout import Expected, Outcome, Rollout, ServiceState, Task, describe_progress, judge_rollout
from models.rollout_checks import (
    COUNT,
    DEPLOYMENT,
    IMAGES,
    TARGETS,
    check_count,
    check_deployment,
    check_images,
    check_targets,
)
from models.rollout_reasons import event_sentences, reasons_of_failure, task_reasons
from models.scaling_progress import keep_failing
from systems.aws.ecs import read_service, running_tasks, stopped_tasks
from systems.aws.load_balancer import target_health
from systems.aws.session import Aws
from systems.redaction import scrub
from systems.waiting import Pace, wait_for

SETTLING_SECONDS = 6.0
"""How long ECS may take to show a new deployment; after that, another PRIMARY is a rollback."""


def watch_rollout(
    aws: Aws,
    cluster: str,
    service: str,
    *,
    expected: Expected,
    deadline_seconds: float,
    on_progress: Callable[[str], None],
) -> Rollout:
    """Follow our deployment until it is completed, given up, or the deadline passes.

    `on_progress` hears a sentence whenever something changes.
    Raises Refused when the cluster or the service is not there.
    """
    pace = Pace(deadline_seconds)
    began = pace.clock()
    outcome, state = follow(lambda: read_service(aws, cluster, service), expected, pace, on_progress)
    reasons: list[str] = []
    if outcome is not Outcome.COMPLETED:
        reasons = reasons_of_failure(state, expected, stopped_tasks(aws, cluster, service))
    return Rollout(
        outcome=outcome,
        seconds=pace.clock() - began,
        state=state,
        reasons=[scrub(reason) for reason in reasons],
    )


def follow(
    look_at: Callable[[], ServiceState], expected: Expected, pace: Pace, on_progress: Callable[[str], None]
) -> tuple[Outcome, ServiceState]:
    """Look until our deployment's outcome is clear or the deadline passes; gives it with the last look."""
    watch = Watch(expected, pace, on_progress)
    latest: deque[ServiceState] = deque(maxlen=1)

    def look() -> Outcome | None:
        latest.append(look_at())
        return watch.judge(latest[0])

    outcome = wait_for(look, pace) or Outcome.TIMED_OUT
    return outcome, latest[0]


class Watch:
    """What is remembered from one look to the next.

    Events from before the first look are not news, unless `known_events` says which of them are known.
    """

    def __init__(
        self,
        expected: Expected,
        pace: Pace,
        on_progress: Callable[[str], None],
        known_events: set[str] | None = None,
    ) -> None:
        self._expected = expected
        self._pace = pace
        self._on_progress = on_progress
        self._told = ""
        self._known_events = known_events
        self._was_seen = False
        self._settled_at = pace.clock() + SETTLING_SECONDS

    def judge(self, state: ServiceState) -> Outcome | None:
        """Tell what is new and say whether it is over."""
        self.tell(state)
        outcome = judge_rollout(state, self._expected, was_seen=self._was_seen)
        primary = state.primary
        self._was_seen |= primary is not None and self._expected.is_ours(primary)
        if outcome is None and not self._was_seen and self._pace.clock() >= self._settled_at:
            return Outcome.ROLLED_BACK
        return outcome

    def tell(self, state: ServiceState) -> None:
        """Say what is new since the last look."""
        events = {event.id for event in state.events}
        known = events if self._known_events is None else self._known_events
        for sentence in event_sentences(state, known):
            self._on_progress(scrub(sentence))
        self._known_events = events
        progress = describe_progress(state, self._expected)
        if progress != self._told:
            self._on_progress(progress)
        self._told = progress


def why_not_serving(
    aws: Aws,
    cluster: str,
    service: str,
    *,
    expected: Expected,
    pace: Pace,
    on_progress: Callable[[str], None],
) -> list[str]:
    """Wait until every task of a completed rollout serves; empty where they do.

    Else what is not well, once tasks keep failing or the deadline passes: for ECS a task runs from the first
    moment of its process on, so that tasks which then crash may complete a rollout, and it starts them for
    ever. `on_progress` hears of each thing that is not well, once.
    """
    earlier = {task.arn for task in _ended(aws, cluster, service, expected)}
    told = set[str]()
    latest: deque[list[str]] = deque(maxlen=1)

    def look() -> list[str] | None:
        evidence = rollout_evidence(aws, cluster, service, expected)
        unwell = [scrub(f"{check.name}: {check.detail}") for check in evidence if not check.passed]
        latest.append(unwell)
        for sentence in unwell:
            if sentence not in told:
                on_progress(sentence)
        told.update(unwell)
        if not unwell:
            return []
        ended = [task for task in _ended(aws, cluster, service, expected) if task.arn not in earlier]
        gives_up = keep_failing(ended, expected.desired_count)
        return [*task_reasons(expected, ended), *unwell] if gives_up else None

    failures = wait_for(look, pace)
    return latest[0] if failures is None else failures


def _ended(aws: Aws, cluster: str, service: str, expected: Expected) -> list[Task]:
    """The tasks of ours that ended of late; none where AWS cannot be asked, for then nothing is known."""
    try:
        stopped = stopped_tasks(aws, cluster, service)
    except DeployError:
        return []
    return [task for task in stopped if expected.task_definition in {None, task.task_definition}]


def rollout_evidence(aws: Aws, cluster: str, service: str, expected: Expected) -> list[Check]:
    """What shows that the service runs the release: deployment, count, images, targets.

    A check is inconclusive where AWS could not be asked. Raises nothing that AWS may answer.
    """
    try:
        state = read_service(aws, cluster, service)
    except DeployError as error:
        return [_not_known(name, error) for name in (DEPLOYMENT, COUNT, IMAGES, TARGETS)]
    return [
        check_deployment(state, expected),
        check_count(state, expected),
        _ask(IMAGES, lambda: check_images(running_tasks(aws, cluster, service), expected)),
        _ask(TARGETS, lambda: _check_all_targets(aws, state, expected)),
    ]


def _check_all_targets(aws: Aws, state: ServiceState, expected: Expected) -> Check:
    if not state.target_groups:
        return Check(
            name=TARGETS,
            verdict=Verdict.FAILED,
            detail=f"{state.service} is attached to no target group",
            next_step="Plan with Terraform; the service's load_balancer block is missing.",
        )
    checks = [check_targets(target_health(aws, group), expected) for group in state.target_groups]
    return max(checks, key=lambda check: check.verdict.severity)


def _ask(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except DeployError as error:
        return _not_known(name, error)


def _not_known(name: str, error: DeployError) -> Check:
    """What is certainly not there is a failure; where AWS could not be asked, nothing is known."""
    verdict = Verdict.FAILED if isinstance(error, Refused) else Verdict.INCONCLUSIVE
    return Check(name=name, verdict=verdict, detail=error.problem.rstrip("."), next_step=error.next_step)
