"""What a listener does with a request: rules by priority, their conditions and actions. Pure, no network.

A description of a load balancer in immutable values; `configuration` makes it from moto's state.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl

from sandbox.aws.load_balancer.target_health import TargetKey


@dataclass(frozen=True)
class Request:
    """What the conditions of rules look at; header names are lower case."""

    method: str
    host: str
    path: str
    query: str
    source: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Condition:
    """One condition in AWS's terms; `name` is the header's name where the field is http-header.

    For query-string, `values` hold "key=value" or "=value" for any key.
    """

    field: str
    values: tuple[str, ...]
    name: str = ""

    def holds(self, request: Request) -> bool:
        """Tell whether one of the values fits; only the path is compared with its case."""
        if self.field == "source-ip":
            source = ipaddress.ip_address(request.source)
            return any(source in ipaddress.ip_network(value) for value in self.values)
        if self.field == "query-string":
            return self._query_fits(request.query)
        ignore_case = self.field != "path-pattern"
        return any(
            _fits(value, text, ignore_case=ignore_case)
            for value in self.values
            for text in self._compared(request)
        )

    def _compared(self, request: Request) -> Sequence[str]:
        match self.field:
            case "path-pattern":
                return [request.path]
            case "host-header":
                return [request.host.partition(":")[0]]
            case "http-request-method":
                return [request.method]
        return [value for name, value in request.headers if name == self.name.lower()]

    def _query_fits(self, query: str) -> bool:
        pairs = parse_qsl(query, keep_blank_values=True)
        for wanted in self.values:
            key, _, value = wanted.partition("=")
            for name, text in pairs:
                if _fits(key or "*", name, ignore_case=True) and _fits(value, text, ignore_case=True):
                    return True
        return False


def _fits(pattern: str, text: str, *, ignore_case: bool) -> bool:
    return bool(_compiled(pattern, ignore_case).fullmatch(text))


@lru_cache(maxsize=1024)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """AWS's wildcards: * for any number of characters, ? for one; nothing else is special."""
    wild = {"*": ".*", "?": "."}
    expression = "".join(wild.get(character) or re.escape(character) for character in pattern)
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@dataclass(frozen=True)
class Forward:
    """Send the request to one of the target groups, chosen by weight."""

    weights: tuple[tuple[str, int], ...]

    def choose(self, chance: float) -> str | None:
        """Pick a target group's ARN; `chance` is in [0, 1). None where all weights are 0."""
        point = chance * sum(weight for _, weight in self.weights)
        for arn, weight in self.weights:
            if point < weight:
                return arn
            point -= weight
        return None


@dataclass(frozen=True)
class FixedResponse:
    """Answer without any target."""

    status: int
    content_type: str
    body: str


@dataclass(frozen=True)
class Redirect:
    """Send the client elsewhere; the parts may hold #{protocol}, #{host}, #{port}, #{path} and #{query}."""

    status: int
    protocol: str
    host: str
    port: str
    path: str
    query: str

    def location(self, request: Request, listener_port: int) -> str:
        """Build the address the client is sent to."""
        given = {
            "protocol": "http",
            "host": request.host.partition(":")[0],
            "port": str(listener_port),
            "path": request.path.lstrip("/"),
            "query": request.query,
        }
        protocol, host, port, path, query = (
            re.sub(r"#\{(\w+)\}", lambda found: given.get(found[1], found[0]), part)
            for part in (self.protocol, self.host, self.port, self.path, self.query)
        )
        scheme = protocol.lower()
        usual = {"http": "80", "https": "443"}.get(scheme) == port
        return f"{scheme}://{host}{'' if usual else ':' + port}{path}{'?' + query if query else ''}"


Action = Forward | FixedResponse | Redirect


@dataclass(frozen=True)
class Rule:
    """What to do where all conditions hold."""

    priority: int
    conditions: tuple[Condition, ...]
    action: Action


@dataclass(frozen=True)
class Listener:
    """One address and port with its rules, the lowest priority number first, and its default action."""

    arn: str
    address: str
    port: int
    rules: tuple[Rule, ...]
    default: Action

    def action_for(self, request: Request) -> Action:
        """Find what is to be done with a request."""
        for rule in self.rules:
            if all(condition.holds(request) for condition in rule.conditions):
                return rule.action
        return self.default


@dataclass(frozen=True)
class HealthCheck:
    """How a target group's targets are checked; times in seconds of AWS, `codes` like "200-299,301"."""

    path: str
    port: int | None
    codes: str
    interval: float
    timeout: float
    healthy_threshold: int
    unhealthy_threshold: int


@dataclass(frozen=True)
class TargetGroup:
    """Targets, how they are checked, and how long (seconds of AWS) their last requests may take."""

    arn: str
    health_check: HealthCheck
    deregistration_delay: float
    in_use: bool
    targets: frozenset[TargetKey] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Configuration:
    """All load balancers at one moment."""

    listeners: tuple[Listener, ...] = ()
    groups: tuple[TargetGroup, ...] = ()
