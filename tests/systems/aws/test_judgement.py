"""Only our own deployment, PRIMARY and COMPLETED with every task, counts as done."""

from __future__ import annotations

import pytest

from models.rollout import Expected, Outcome, ServiceState, judge_rollout
from models.rollout_reasons import reasons_of_failure
from systems.aws.service import SETTLING_SECONDS, follow
from tests.systems.aws.snapshots import (
    COMPLETED,
    EXPECTED,
    NEW,
    NEW_DEFINITION,
    OLD,
    OLD_DEFINITION,
    ROLLED_BACK,
    ROLLING_BACK,
    STARTING,
    deployment,
    state,
    task,
)
from tests.systems.ticking import Clock


@pytest.mark.parametrize(
    "unfinished",
    [
        state(),
        STARTING,
        state(deployment(rollout_state="")),
        state(deployment(), desired=3),
        state(deployment(), running=1),
        state(deployment(), running=3),
        state(deployment(running=1)),
        state(deployment(), pending=1),
        state(deployment(image_digests=[], status="ACTIVE"), deployment(rollout_state="IN_PROGRESS")),
    ],
)
def test_anything_less_than_completed_with_every_task_is_open(unfinished: ServiceState) -> None:
    assert judge_rollout(unfinished, EXPECTED, was_seen=True) is None


def test_our_completed_deployment_is_the_end() -> None:
    assert judge_rollout(COMPLETED, EXPECTED, was_seen=False) is Outcome.COMPLETED


def test_no_task_at_all_is_complete_where_none_is_wanted() -> None:
    """The databases are built with the service at zero."""
    none = state(deployment(desired=0, running=0), desired=0, running=0)
    expected = Expected(image_digest=NEW, desired_count=0)
    assert judge_rollout(none, expected, was_seen=False) is Outcome.COMPLETED


def test_a_completed_deployment_of_another_image_is_a_rollback_and_no_success() -> None:
    """The lesson of Terraform's exit code: the service is steady, on the old version."""
    assert judge_rollout(ROLLED_BACK, EXPECTED, was_seen=True) is Outcome.ROLLED_BACK
    assert judge_rollout(ROLLING_BACK, EXPECTED, was_seen=False) is Outcome.ROLLED_BACK


def test_another_image_alone_says_nothing_before_ours_was_seen() -> None:
    assert judge_rollout(ROLLED_BACK, EXPECTED, was_seen=False) is None


def test_a_deployment_that_ecs_gave_up_without_rollback_failed() -> None:
    given_up = state(deployment(rollout_state="FAILED", running=0), running=0)
    assert judge_rollout(given_up, EXPECTED, was_seen=False) is Outcome.FAILED


def test_the_same_image_in_another_task_definition_is_not_ours_where_one_is_named() -> None:
    """A change of configuration keeps the image; its rollback shows only in the task definition."""
    expected = EXPECTED.model_copy(update={"task_definition": OLD_DEFINITION})
    assert judge_rollout(COMPLETED, expected, was_seen=True) is Outcome.ROLLED_BACK
    named = EXPECTED.model_copy(update={"task_definition": NEW_DEFINITION})
    assert judge_rollout(COMPLETED, named, was_seen=True) is Outcome.COMPLETED


def test_an_image_named_by_a_tag_is_ours_only_in_the_task_definition_that_is_named() -> None:
    """The tag alone says nothing of what runs; the tasks' own digests are looked at besides."""
    by_tag = state(deployment(image_digests=[]))
    assert judge_rollout(by_tag, EXPECTED, was_seen=True) is Outcome.ROLLED_BACK
    other = EXPECTED.model_copy(update={"task_definition": OLD_DEFINITION, "by_tag": True})
    assert judge_rollout(by_tag, other, was_seen=True) is Outcome.ROLLED_BACK
    named = EXPECTED.model_copy(update={"task_definition": NEW_DEFINITION})
    assert judge_rollout(by_tag, named, was_seen=True) is Outcome.ROLLED_BACK
    told = named.model_copy(update={"by_tag": True})
    assert judge_rollout(by_tag, told, was_seen=True) is Outcome.COMPLETED
    with_sidecar = state(deployment(image_digests=["sha256:" + "9" * 64]))
    assert judge_rollout(with_sidecar, told, was_seen=True) is Outcome.COMPLETED
    assert judge_rollout(with_sidecar, named, was_seen=True) is Outcome.ROLLED_BACK


def _follow(*states: ServiceState, deadline: float = 60) -> tuple[Outcome, list[str]]:
    """Follow a service that shows these states one after the other, the last one from then on."""
    rest = list(states)
    told: list[str] = []
    outcome, _ = follow(
        lambda: rest.pop(0) if len(rest) > 1 else rest[0], EXPECTED, Clock().pace(deadline), told.append
    )
    return outcome, told


def test_a_rollout_is_followed_to_its_end_telling_only_what_changes() -> None:
    outcome, told = _follow(STARTING, STARTING, STARTING, COMPLETED)
    assert outcome is Outcome.COMPLETED
    assert told == [
        "1 of 2 tasks run credex-core:7, 1 are starting; 1 of earlier deployments still run (IN_PROGRESS).",
        "2 of 2 tasks run credex-core:7, 0 are starting (COMPLETED).",
    ]


def test_news_of_the_service_is_told_once_and_old_news_never() -> None:
    _, told = _follow(
        STARTING.model_copy(update={"events": state(events=["long ago."]).events}),
        STARTING.model_copy(update={"events": state(events=["long ago.", "has started 1 tasks."]).events}),
        STARTING.model_copy(update={"events": state(events=["long ago.", "has started 1 tasks."]).events}),
        COMPLETED,
    )
    assert [sentence for sentence in told if "tasks run" not in sentence] == ["has started 1 tasks."]


def test_a_rollback_is_seen_the_moment_it_begins() -> None:
    assert _follow(STARTING, ROLLING_BACK)[0] is Outcome.ROLLED_BACK


def test_a_service_that_was_rolled_back_before_the_first_look_is_seen_as_that() -> None:
    """Terraform waits for a steady service, so the rollback is over when the watching begins."""
    outcome, told = _follow(ROLLED_BACK)
    assert outcome is Outcome.ROLLED_BACK
    assert told == ["credex is on credex-core:6, which is not the expected one."]


def test_a_deployment_that_ecs_shows_late_is_waited_for() -> None:
    looks = int(SETTLING_SECONDS // 2)
    assert _follow(*[ROLLED_BACK] * looks, STARTING, COMPLETED)[0] is Outcome.COMPLETED


def test_a_rollout_that_does_not_end_times_out() -> None:
    assert _follow(STARTING)[0] is Outcome.TIMED_OUT


def test_reasons_name_the_breaker_the_tasks_ends_and_what_runs_instead() -> None:
    stopped = [
        *[task(stopped_reason="Essential container in task exited", exit_code=3) for _ in range(3)],
        task(OLD, stopped_reason="Somebody else's end", exit_code=1),
        task(stopped_reason="Scaling activity initiated by (deployment ecs-svc/1)", exit_code=143),
    ]
    assert reasons_of_failure(ROLLING_BACK, EXPECTED, stopped) == [
        "ECS deployment circuit breaker: tasks failed to start",
        "the service is on credex-core:6 instead",
        "3 stopped: Essential container in task exited, credex-core exited with 3",
        "rolling back to it",
        "deployment failed: tasks failed to start",
    ]


def test_reasons_name_a_count_that_somebody_else_changed() -> None:
    assert reasons_of_failure(state(deployment(), desired=5), EXPECTED, []) == ["5 tasks are desired, not 2"]
