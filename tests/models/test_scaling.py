"""A number of tasks is refused where the environment or its subnets do not bear it; the rest is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.check import Verdict
from models.environment import LimitsSettings
from models.errors import Refused
from models.probe import Probe
from models.reaching import Asked, check_told, check_untold
from models.release import Release
from models.rollout import Expected, Outcome
from models.scaling import Room, Subnet, notes_on_count, require_room, require_sensible
from models.scaling_progress import check_zones, judge_scaling, reasons_of_scaling
from tests.systems.aws.snapshots import NEW, deployment, state, task

LIMITS = LimitsSettings(max_tasks=4, max_tasks_because="the databases are small")
FOUR = Expected(image_digest=NEW, desired_count=4)

subnets = st.builds(
    Subnet,
    id=st.just("subnet-1"),
    zone=st.just("af-south-1a"),
    free=st.integers(0, 60),
    tasks=st.integers(0, 10),
)
rooms = st.builds(
    Room, subnets=st.lists(subnets, min_size=1, max_size=3), maximum_percent=st.integers(100, 200)
)


def _release(count: int) -> Release:
    return Release(
        environment="staging", commit="a" * 40, image_digest=NEW, desired_count=count, databases={}
    )


@given(rooms, st.integers(0, 100))
def test_what_is_not_refused_has_an_address_for_each_old_and_new_task(room: Room, wanted: int) -> None:
    """At a deployment's peak, with the tasks spread over the subnets."""
    if room.lacks(wanted):
        with pytest.raises(Refused) as refused:
            require_room(room, wanted)
        assert f"at most {room.most()}" in refused.value.next_step
        return
    require_room(room, wanted)
    peak = wanted * room.maximum_percent // 100
    assert sum(subnet.free + subnet.tasks for subnet in room.subnets) >= peak


@given(rooms)
def test_the_number_that_a_refusal_offers_is_taken_and_the_next_one_is_not(room: Room) -> None:
    """So that one correction is enough."""
    assert room.lacks(room.most()) == [] or room.most() == 0
    assert room.lacks(room.most() + 1)


def test_more_than_the_limit_is_refused_with_why_it_is_there() -> None:
    """Whoever reads it can tell whether to have it raised."""
    require_sensible("staging", LIMITS, 4, "")
    with pytest.raises(Refused, match="at most 4 tasks: the databases are small"):
        require_sensible("staging", LIMITS, 5, "")


def test_stopping_the_application_needs_a_word_unless_the_environment_says_otherwise() -> None:
    """Zero may be a slip of the finger."""
    with pytest.raises(Refused, match="no reason"):
        require_sensible("production", LIMITS, 0, "")
    require_sensible("production", LIMITS, 0, "maintenance of the network")
    require_sensible("development", LIMITS.model_copy(update={"zero_tasks_need_a_reason": False}), 0, "")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [(1, 2, "twice|same minute"), (1, 0, "503"), (2, 3, None), (3, 1, None), (0, 1, None), (1, 1, None)],
)
def test_the_approver_reads_what_a_second_task_does_to_the_jobs(
    before: int, after: int, told: str | None
) -> None:
    """And nothing where there is nothing to know."""
    notes = notes_on_count(_release(before), _release(after))
    assert [bool(told) for note in notes] == ([True] if told else [])
    if told:
        assert any(word in notes[0].reason for word in told.split("|"))


def test_a_scaling_is_over_when_every_task_runs_and_open_before() -> None:
    """ECS calls the deployment completed all along."""
    whole = state(deployment(desired=4, running=4), desired=4, running=4)
    assert judge_scaling(whole, FOUR, []) is Outcome.COMPLETED
    assert judge_scaling(state(deployment(desired=4), desired=4), FOUR, []) is None


def test_tasks_that_keep_failing_end_it_and_tasks_that_were_scaled_in_do_not() -> None:
    """ECS would start them for ever."""
    short = state(deployment(desired=4), desired=4)
    failed = [task(stopped_reason="CannotPullContainerError: not found", exit_code=None)] * 3
    scaled_in = [task(stopped_reason="Scaling activity initiated by (deployment ecs-svc/1)")] * 9
    assert judge_scaling(short, FOUR, failed) is Outcome.FAILED
    assert judge_scaling(short, FOUR, failed[:2]) is None
    assert judge_scaling(short, FOUR, scaled_in) is None


def test_another_deployment_ends_it() -> None:
    """Its tasks are not the ones that were to be more."""
    other = state(deployment("sha256:" + "2" * 64, desired=4, running=4), desired=4, running=4)
    assert judge_scaling(other, FOUR, []) is Outcome.ROLLED_BACK


def test_the_reasons_are_those_of_this_change() -> None:
    """Neither an earlier failure nor the end of the last deployment explains it."""
    seen = state(
        deployment(desired=4, rollout_reason="ECS deployment ecs-svc/1 completed."),
        desired=4,
        events=["was unable to place a task: earlier", "was unable to place a task: no address is free."],
    )
    reasons = reasons_of_scaling(seen, FOUR, [], {"was unable to place a task: earlier"})
    assert reasons == ["was unable to place a task: no address is free"]


@pytest.mark.parametrize(
    ("zones", "verdict"),
    [
        (["a", "b"], Verdict.PASSED),
        (["a", "a", "b"], Verdict.PASSED),
        (["a"], Verdict.PASSED),
        (["a", "a"], Verdict.FAILED),
        (["a", "a", "a", "b"], Verdict.FAILED),
    ],
)
def test_zones_may_differ_by_one_task(zones: list[str], verdict: Verdict) -> None:
    """One zone more or less than that is not balanced, a zone without any task included."""
    assert check_zones([task(zone=zone) for zone in zones], {"a", "b"}).verdict is verdict


def _probe(status: int | None) -> Probe:
    return Probe(url="http://api/health", expected_status=200, status=status, elapsed_seconds=0.1)


def test_each_task_has_to_answer_where_the_application_names_them() -> None:
    """One that nobody reached is no failure, and no success."""
    asked = Asked(answers=[_probe(200)] * 5, tasks=frozenset({"one", "two"}))
    assert check_told(asked, {"one", "two"}).passed
    lacking = check_told(asked, {"one", "two", "three"})
    assert (lacking.verdict, "three" in lacking.detail) == (Verdict.INCONCLUSIVE, True)


def test_a_failed_request_fails_the_check_and_a_rate_limit_does_not() -> None:
    """Being asked to slow down is an answer of the application."""
    broken = Asked(answers=[_probe(200), _probe(502)], tasks=frozenset({"one"}))
    limited = Asked(answers=[_probe(200), _probe(429)], tasks=frozenset({"one"}))
    assert check_told(broken, {"one"}).verdict is Verdict.FAILED
    assert check_told(limited, {"one"}).passed


def test_without_names_it_says_what_shows_it() -> None:
    """Directly where the worker is in the network; else by the load balancer's own health checks."""
    asked = Asked(answers=[_probe(200)] * 6)
    assert "each of the 2 answers directly" in check_untold(asked, [_probe(200)] * 2, 2).detail
    outside = check_untold(asked, [_probe(None)], 2)
    assert (outside.passed, "cannot be asked directly" in outside.detail) == (True, True)
    assert check_untold(asked, [_probe(200), _probe(500)], 2).verdict is Verdict.FAILED
