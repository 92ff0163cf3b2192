"""A series of health checks makes a target healthy and unhealthy by the target group's thresholds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.load_balancer.health_checks import Failure, HealthRecord, accepts
from sandbox.aws.load_balancer.routing import HealthCheck
from sandbox.aws.load_balancer.target_health import TargetState
from sandbox.aws.pace import Pace

CHECK = HealthCheck("/health", None, "200", 30, 5, healthy_threshold=3, unhealthy_threshold=2)
FAILED = Failure("Target.Timeout", "Request timed out")


def states(outcomes: str) -> list[str]:
    """Tell the state after each check; + is passed, - is failed."""
    record = HealthRecord()
    return [record.count(None if one == "+" else FAILED, CHECK).state.value for one in outcomes]


def test_one_passed_check_makes_a_new_target_healthy() -> None:
    """AWS waits for the threshold only where a target was unhealthy."""
    assert states("-+") == ["initial", "healthy"]


def test_thresholds_count_checks_in_a_row() -> None:
    """Two failures in a row make it unhealthy, three passes in a row healthy again."""
    assert states("+-+--") == ["healthy", "healthy", "healthy", "healthy", "unhealthy"]
    assert states("+--++-+++")[2:] == ["unhealthy"] * 6 + ["healthy"]


@given(st.text("+-", min_size=1, max_size=30))
def test_a_target_is_never_healthy_without_a_pass_and_never_unhealthy_after_one(outcomes: str) -> None:
    """Whatever came before: two failures at the end mean unhealthy, three passes mean healthy."""
    last = states(outcomes)[-1]
    assert "+" in outcomes or last != TargetState.HEALTHY
    assert not outcomes.endswith("--") or last == TargetState.UNHEALTHY
    assert not outcomes.endswith("+++") or last == TargetState.HEALTHY


@pytest.mark.parametrize(
    ("codes", "status", "accepted"),
    [
        ("200", 200, True),
        ("200", 201, False),
        ("200-299", 204, True),
        ("200,302", 302, True),
        ("200-299,301", 300, False),
    ],
)
def test_a_matcher_lists_codes_and_ranges(codes: str, status: int, accepted: bool) -> None:
    """As target groups write them."""
    assert accepts(codes, status) is accepted


@given(st.floats(0, 10_000), st.floats(0.001, 1))
def test_time_is_shortened_and_never_stretched(at_aws: float, factor: float) -> None:
    """What is short at AWS already stays as it is."""
    assert 0 <= Pace(factor).seconds(at_aws) <= at_aws
    assert Pace(1).seconds(at_aws) == at_aws
