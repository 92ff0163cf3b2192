"""DescribeTargetHealth says what the health checks found, and draining lets requests end."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from tests.sandbox.ecs.environment import Environment
from tests.sandbox.ecs.waiting import wait_for
from tests.sandbox.load_balancer.target import PORT, Target
from tests.sandbox.load_balancer.test_forwarding import answered, ask, register

pytestmark = pytest.mark.sandbox


def health_of(env: Environment, address: str, group: str | None = None) -> dict[str, Any]:
    """Describe one target's health."""
    described = env.elb.describe_target_health(
        TargetGroupArn=group or env.blue, Targets=[{"Id": address, "Port": PORT}]
    )
    health: dict[str, Any] = described["TargetHealthDescriptions"][0]["TargetHealth"]
    return health


def test_a_target_that_answers_wrongly_is_unhealthy_and_gets_no_request(
    env: Environment, targets: list[Target]
) -> None:
    """The reason names the code; once it is well again requests come back."""
    register(env, env.blue, *targets[:2])
    targets[0].health = 500
    unhealthy = wait_for(
        "an unhealthy target",
        lambda: (h := health_of(env, targets[0].address))["State"] == "unhealthy" and h,
    )
    assert unhealthy["Reason"] == "Target.ResponseCodeMismatch"
    assert "[500]" in unhealthy["Description"]
    assert set(answered(env, 10)) == {"1"}

    targets[0].health = 200
    wait_for("a healthy target", lambda: health_of(env, targets[0].address)["State"] == "healthy")
    wait_for("answers of both", lambda: set(answered(env, 4)) == {"0", "1"})


def test_the_matcher_says_which_codes_are_well(env: Environment, targets: list[Target]) -> None:
    """A health check may accept others than 200."""
    targets[0].health = 204
    env.elb.modify_target_group(TargetGroupArn=env.blue, Matcher={"HttpCode": "200-204"})
    register(env, env.blue, targets[0])


def test_nobody_listening_is_unhealthy(env: Environment, network: str) -> None:
    """A wrong port looks like this."""
    address = f"{network}.250.99"
    env.elb.register_targets(TargetGroupArn=env.blue, Targets=[{"Id": address, "Port": PORT}])
    unhealthy = wait_for(
        "an unhealthy target", lambda: (h := health_of(env, address))["State"] == "unhealthy" and h
    )
    assert unhealthy["Reason"] == "Target.FailedHealthChecks"


def test_health_checks_name_themselves(env: Environment, targets: list[Target]) -> None:
    """The application tells them from people by that."""
    register(env, env.blue, targets[0])
    assert set(targets[0].checks) == {"ELB-HealthChecker/2.0"}


def test_a_target_group_no_listener_forwards_to_is_unused(env: Environment, targets: list[Target]) -> None:
    """Registered all the same, but neither checked nor asked."""
    env.elb.modify_listener(
        ListenerArn=env.listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": env.blue}]
    )
    env.elb.register_targets(TargetGroupArn=env.green, Targets=[{"Id": targets[0].address, "Port": PORT}])
    unused = wait_for(
        "an unused target",
        lambda: (h := health_of(env, targets[0].address, env.green))["State"] == "unused" and h,
    )
    assert unused["Reason"] == "Target.NotInUse"


def test_a_deregistered_target_drains_until_its_last_request_has_ended(
    env: Environment, targets: list[Target]
) -> None:
    """New requests go elsewhere at once; the one under way ends well; only then the target is gone."""
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "3000"}]
    env.elb.modify_target_group_attributes(TargetGroupArn=env.blue, Attributes=delay)
    register(env, env.blue, targets[0])
    answers: list[httpx.Response] = []
    request = threading.Thread(target=lambda: answers.append(ask(env, "/held")))
    request.start()
    assert targets[0].entered.wait(10)
    register(env, env.blue, targets[1])

    env.elb.deregister_targets(TargetGroupArn=env.blue, Targets=[{"Id": targets[0].address, "Port": PORT}])
    wait_for("a draining target", lambda: env.target_states().get(targets[0].address) == "draining")
    assert health_of(env, targets[0].address)["Reason"] == "Target.DeregistrationInProgress"
    assert set(answered(env, 10)) == {"1"}

    targets[0].released.set()
    request.join()
    assert (answers[0].status_code, answers[0].text) == (200, "0")
    wait_for("one target", lambda: set(env.target_states()) == {targets[1].address})


def test_draining_ends_with_the_deregistration_delay(env: Environment, targets: list[Target]) -> None:
    """A request that never ends does not hold its target for ever."""
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}]
    env.elb.modify_target_group_attributes(TargetGroupArn=env.blue, Attributes=delay)
    register(env, env.blue, targets[0])
    request = threading.Thread(target=lambda: ask(env, "/held"))
    request.start()
    assert targets[0].entered.wait(10)

    env.elb.deregister_targets(TargetGroupArn=env.blue, Targets=[{"Id": targets[0].address, "Port": PORT}])
    wait_for("no target", lambda: env.target_states() == {})
    assert not targets[0].released.is_set()
    targets[0].released.set()
    request.join()
