"""Whatever runs, the scheduler's decisions keep within the limits and come to an end."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from sandbox.aws.ecs.decisions import Limits, TaskView, decide, emptiest
from sandbox.aws.ecs.deployments import breaker_threshold

LIMITS = st.builds(
    Limits,
    desired=st.integers(0, 8),
    minimum_healthy_percent=st.integers(0, 100),
    maximum_percent=st.integers(100, 200),
)
TASKS = st.lists(
    st.builds(
        TaskView,
        id=st.uuids().map(str),
        is_primary=st.booleans(),
        is_healthy=st.booleans(),
        zone=st.sampled_from("ab"),
    ),
    max_size=16,
    unique_by=lambda task: task.id,
)


@given(LIMITS, TASKS, st.booleans())
def test_no_decision_breaks_the_limits(limits: Limits, tasks: list[TaskView], failed: bool) -> None:
    """Never more tasks than the maximum by starting; never fewer healthy ones by stopping older ones."""
    decision = decide(limits, tasks, primary_has_failed=failed)
    others = [task for task in tasks if not task.is_primary]
    stopped = [task for task in others if task.id in decision.stop]
    healthy = sum(task.is_healthy for task in tasks)

    assert decision.start >= 0
    assert decision.start == 0 or len(tasks) + decision.start <= limits.most
    if any(task.is_healthy for task in stopped):
        assert healthy - sum(task.is_healthy for task in stopped) >= limits.fewest_healthy
    if failed:
        assert decision.start == 0
        assert stopped == []


@given(LIMITS, st.integers(0, 8))
def test_a_roll_out_of_a_good_image_comes_to_its_end(limits: Limits, old: int) -> None:
    """Every task that starts becomes healthy: in the end exactly the desired count of the new ones runs.

    Limits that leave no room for one task more or less can never roll, at AWS neither.
    """
    assume(limits.most > limits.fewest_healthy or limits.desired == 0)
    tasks = [TaskView(f"old{number}", is_primary=False, is_healthy=True, zone="a") for number in range(old)]
    for step in range(40):
        decision = decide(limits, tasks, primary_has_failed=False)
        if not decision.start and not decision.stop:
            break
        kept = [task for task in tasks if task.id not in decision.stop]
        new = [
            TaskView(f"{step}-{n}", is_primary=True, is_healthy=True, zone="a") for n in range(decision.start)
        ]
        tasks = kept + new
    assert [task.is_primary for task in tasks] == [True] * limits.desired


def test_what_is_too_much_goes_sick_first_and_from_the_fullest_zone() -> None:
    """Scaling down keeps the zones even."""
    sick = TaskView("sick", is_primary=True, is_healthy=False, zone="b")
    well = [
        TaskView(f"well-{zone}", is_primary=True, is_healthy=True, zone=zone[0])
        for zone in ("a1", "a2", "b1")
    ]
    decision = decide(Limits(2), [*well, sick], primary_has_failed=False)
    assert decision.stop[0] == "sick"
    assert decision.stop[1] in {"well-a1", "well-a2"}


def test_a_new_task_goes_where_the_fewest_are() -> None:
    """Zones are kept even; the first of several empty ones is taken."""
    task = TaskView("task", is_primary=True, is_healthy=True, zone="a")
    assert emptiest(["a", "b"], []) == "a"
    assert emptiest(["a", "b"], [task]) == "b"


def test_the_circuit_breaker_opens_at_half_the_count_within_its_bounds() -> None:
    """AWS: half the desired count, rounded up, at least 3, at most 200."""
    assert [breaker_threshold(count) for count in (0, 1, 6, 7, 25, 1000)] == [3, 3, 3, 4, 13, 200]
