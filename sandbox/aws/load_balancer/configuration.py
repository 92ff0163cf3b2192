"""Reads moto's load balancers into the immutable values of `routing`."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from moto.elbv2.models import FakeAction, FakeListener, FakeTargetGroup

from sandbox.aws.backends import LOCK, elbv2
from sandbox.aws.load_balancer.routing import (
    Action,
    Condition,
    Configuration,
    FixedResponse,
    Forward,
    HealthCheck,
    Listener,
    Redirect,
    Rule,
    TargetGroup,
)
from sandbox.aws.load_balancer.target_health import TargetKey

DEFAULT_DEREGISTRATION_DELAY = 300


def read_configuration() -> Configuration:
    """Read all load balancers that have a loopback address, and all target groups."""
    with LOCK:
        listeners = tuple(
            _listener(balancer.dns_name, listener)
            for balancer in elbv2().load_balancers.values()
            if is_loopback(balancer.dns_name)
            for listener in balancer.listeners.values()
            if listener.protocol == "HTTP"
        )
        used = {arn for listener in listeners for arn in _forwarded(listener)}
        groups = tuple(_group(group, group.arn in used) for group in elbv2().target_groups.values())
    return Configuration(listeners, groups)


def is_loopback(name: str) -> bool:
    """Tell whether a load balancer's name is an address this machine can listen on."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _listener(address: str, listener: FakeListener) -> Listener:
    rules = (
        Rule(int(rule.priority), tuple(map(_condition, rule.conditions)), _action(rule.actions))
        for rule in listener.rules.values()
        if not rule.is_default
    )
    return Listener(
        arn=listener.arn,
        address=address,
        port=int(listener.port),
        rules=tuple(sorted(rules, key=lambda rule: rule.priority)),
        default=_action(listener.default_actions),
    )


def _forwarded(listener: Listener) -> Iterator[str]:
    for action in (listener.default, *(rule.action for rule in listener.rules)):
        if isinstance(action, Forward):
            yield from (arn for arn, _ in action.weights)


def _condition(condition: Mapping[str, Any]) -> Condition:
    field = str(condition["Field"])
    config: Mapping[str, Any] = next(
        (value for key, value in condition.items() if key.endswith("Config")), {}
    )
    values = config.get("Values") or condition.get("Values") or []
    if field == "query-string":
        values = [f"{pair.get('Key', '')}={pair['Value']}" for pair in values]
    return Condition(field, tuple(map(str, values)), str(config.get("HttpHeaderName", "")))


def _action(actions: list[FakeAction]) -> Action:
    """Read the last action, which decides; those before it could only authenticate."""
    data = max((action.data for action in actions), key=lambda data: int(data.get("Order") or 1))
    match data["Type"]:
        case "fixed-response":
            config = data["FixedResponseConfig"]
            return FixedResponse(
                int(config["StatusCode"]),
                config.get("ContentType") or "text/plain",
                config.get("MessageBody") or "",
            )
        case "redirect":
            return _redirect(data["RedirectConfig"])
    groups = data.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": data["TargetGroupArn"]}]
    return Forward(tuple((group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups))


def _redirect(config: Mapping[str, str]) -> Redirect:
    return Redirect(
        status=int(config["StatusCode"].removeprefix("HTTP_")),
        protocol=config.get("Protocol") or "#{protocol}",
        host=config.get("Host") or "#{host}",
        port=config.get("Port") or "#{port}",
        path=config.get("Path") or "/#{path}",
        query=config.get("Query") or "#{query}",
    )


def _group(group: FakeTargetGroup, in_use: bool) -> TargetGroup:
    port = group.health_check_port
    delay = group.attributes.get("deregistration_delay.timeout_seconds", DEFAULT_DEREGISTRATION_DELAY)
    return TargetGroup(
        arn=group.arn,
        health_check=HealthCheck(
            path=group.health_check_path or "/",
            port=int(port) if port and port != "traffic-port" else None,
            codes=str(getattr(group, "matcher", {}).get("HttpCode", "200")),
            interval=float(group.health_check_interval_seconds),
            timeout=float(group.health_check_timeout_seconds),
            healthy_threshold=int(group.healthy_threshold_count),
            unhealthy_threshold=int(group.unhealthy_threshold_count),
        ),
        deregistration_delay=float(str(delay)),
        in_use=in_use,
        targets=frozenset(
            TargetKey(group.arn, target["Id"], int(target["Port"])) for target in group.targets.values()
        ),
    )
