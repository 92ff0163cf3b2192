"""Requests go where the listener's weights and rules say, and arrive whole."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import pytest

from tests.sandbox.ecs.environment import Environment, forward
from tests.sandbox.ecs.waiting import wait_for
from tests.sandbox.load_balancer.target import PORT, Target

pytestmark = pytest.mark.sandbox


def register(env: Environment, group: str, *targets: Target) -> None:
    """Register targets and wait until they are healthy."""
    entries = [{"Id": target.address, "Port": PORT} for target in targets]
    env.elb.register_targets(TargetGroupArn=group, Targets=entries)
    addresses = {target.address for target in targets}
    wait_for(
        "healthy targets",
        lambda: addresses <= {a for a, state in env.target_states(group).items() if state == "healthy"},
    )


def ask(env: Environment, path: str = "/", **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    """Ask the load balancer on a new connection."""
    with httpx.Client(timeout=10, verify=False) as client:  # noqa: S501 - no TLS here
        return client.request(request.pop("method", "GET"), f"{env.url}{path}", **request)


def answered(env: Environment, count: int = 40) -> Counter[str]:
    """Count which targets answer."""
    return Counter(ask(env).json()["name"] for _ in range(count))


def test_requests_are_spread_evenly_over_the_healthy_targets(env: Environment, targets: list[Target]) -> None:
    """Round robin within a target group."""
    register(env, env.blue, *targets)
    assert answered(env, 30) == {"0": 10, "1": 10, "2": 10}


def test_weights_decide_between_target_groups(env: Environment, targets: list[Target]) -> None:
    """All to blue, then some to each, then all to green: a migration in three steps."""
    register(env, env.blue, targets[0])
    register(env, env.green, targets[1])
    assert set(answered(env)) == {"0"}

    env.elb.modify_listener(ListenerArn=env.listener, DefaultActions=[forward({env.blue: 50, env.green: 50})])
    wait_for("an answer of green", lambda: "1" in answered(env, 1))
    assert set(answered(env)) == {"0", "1"}

    env.elb.modify_listener(ListenerArn=env.listener, DefaultActions=[forward({env.blue: 0, env.green: 100})])
    wait_for("answers of green alone", lambda: set(answered(env, 10)) == {"1"})
    assert set(answered(env)) == {"1"}


def test_a_request_arrives_whole(env: Environment, targets: list[Target]) -> None:
    """Method, path with its escapes, query, headers and body; hop-by-hop headers stay behind."""
    register(env, env.blue, targets[0])
    answer = ask(env, "/a%20b/c?x=1&y=%2F", method="POST", content=b"x" * 300_000, headers={"X-Mine": "yes"})
    seen = answer.json()
    assert (seen["method"], seen["path"], seen["query"]) == ("POST", "/a b/c", "x=1&y=%2F")
    assert seen["bytes"] == 300_000
    assert seen["headers"]["x-mine"] == "yes"
    assert seen["headers"]["host"] == f"{env.address}:8080"
    assert seen["headers"]["x-forwarded-for"].startswith("127.")
    assert seen["headers"]["x-forwarded-proto"] == "http"
    assert answer.headers["x-target"] == "0"


def test_rules_are_tried_by_priority(env: Environment, targets: list[Target]) -> None:
    """A header sends to green before everybody else; the path answers maintenance but for that header."""
    register(env, env.blue, targets[0])
    register(env, env.green, targets[1])
    maintenance = {
        "Type": "fixed-response",
        "FixedResponseConfig": {
            "StatusCode": "503",
            "ContentType": "application/json",
            "MessageBody": '{"error": "maintenance"}',
        },
    }
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Slot", "Values": ["green"]}}
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}}
    for priority, condition, action in ((20, path, maintenance), (10, header, forward({env.green: 1}))):
        env.elb.create_rule(
            ListenerArn=env.listener, Priority=priority, Conditions=[condition], Actions=[action]
        )

    wait_for("the path's rule", lambda: ask(env, "/api/v1").status_code == 503)
    by_header = {"X-Slot": "green"}
    wait_for("the header's rule", lambda: ask(env, "/other", headers=by_header).json()["name"] == "1")
    assert ask(env, "/api/v1").json() == {"error": "maintenance"}
    assert ask(env, "/api/v1", headers=by_header).json()["name"] == "1"
    assert ask(env, "/other").json()["name"] == "0"


def test_a_redirect_keeps_path_and_query(env: Environment) -> None:
    """HTTP to HTTPS is the usual one."""
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    env.elb.modify_listener(
        ListenerArn=env.listener, DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}]
    )
    wait_for("a redirect", lambda: is_open(env) and ask(env).is_redirect)
    answer = ask(env, "/a?b=c")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"https://{env.address}/a?b=c"


def test_without_a_healthy_target_the_answer_is_503(env: Environment) -> None:
    """Nobody is registered."""
    wait_for("an open listener", lambda: is_open(env))
    assert ask(env).status_code == 503


def test_a_target_that_breaks_off_gives_502(env: Environment, targets: list[Target]) -> None:
    """It was healthy a moment ago, and nobody listens there now."""
    register(env, env.blue, targets[0])
    targets[0].stop()
    assert ask(env).status_code == 502


def is_open(env: Environment) -> bool:
    """Tell whether the load balancer accepts connections."""
    try:
        ask(env)
    except httpx.NetworkError:
        return False
    return True


def test_a_deleted_listener_is_closed(env: Environment) -> None:
    """And one on another port is open."""
    wait_for("an open listener", lambda: is_open(env))
    env.elb.delete_listener(ListenerArn=env.listener)
    wait_for("a closed listener", lambda: not is_open(env))
    with pytest.raises(httpx.NetworkError):
        ask(env)
