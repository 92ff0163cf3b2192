"""Conditions, weights and redirects mean what AWS says they mean."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.load_balancer.routing import (
    Condition,
    FixedResponse,
    Forward,
    Listener,
    Redirect,
    Request,
    Rule,
)

REQUEST = Request(
    method="GET",
    host="API.credex.test:8080",
    path="/api/v1/Ledger",
    query="slot=Green&x=",
    source="127.0.0.1",
    headers=(("x-slot", "Green"),),
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition("path-pattern", ("/api/*",)), True),
        (Condition("path-pattern", ("/api/v?/Ledger",)), True),
        (Condition("path-pattern", ("/api/v1/ledger",)), False),
        (Condition("path-pattern", ("/api",)), False),
        (Condition("host-header", ("api.credex.*",)), True),
        (Condition("host-header", ("credex.test",)), False),
        (Condition("http-header", ("green",), "X-Slot"), True),
        (Condition("http-header", ("green",), "X-Other"), False),
        (Condition("http-request-method", ("POST", "GET")), True),
        (Condition("http-request-method", ("POST",)), False),
        (Condition("query-string", ("slot=green",)), True),
        (Condition("query-string", ("=green",)), True),
        (Condition("query-string", ("x=",)), True),
        (Condition("query-string", ("slot=blue",)), False),
        (Condition("source-ip", ("127.0.0.0/8",)), True),
        (Condition("source-ip", ("10.0.0.0/8",)), False),
    ],
)
def test_a_condition_holds_for_what_aws_says(condition: Condition, holds: bool) -> None:
    """Only the path is compared with its case; * and ? are the only wildcards."""
    assert condition.holds(REQUEST) is holds


@given(st.text("ab/.*?", max_size=8), st.text("ab/.", max_size=8))
def test_wildcards_are_those_of_shells(pattern: str, path: str) -> None:
    """Without brackets a shell's pattern means the same."""
    request = Request("GET", "host", path, "", "127.0.0.1")
    assert Condition("path-pattern", (pattern,)).holds(request) == fnmatch.fnmatchcase(path, pattern)


@given(st.text(max_size=8))
def test_every_other_character_stands_for_itself(text: str) -> None:
    """A path that looks like a regular expression is none."""
    literal = text.replace("*", "x").replace("?", "x")
    assert Condition("path-pattern", (literal,)).holds(Request("GET", "h", literal, "", "127.0.0.1"))


@given(st.lists(st.integers(0, 999), min_size=1, max_size=5), st.floats(0, 1, exclude_max=True))
def test_a_weight_of_zero_gets_nothing(weights: list[int], chance: float) -> None:
    """Whatever chance says; and where all are zero nobody gets anything."""
    named = tuple((str(number), weight) for number, weight in enumerate(weights))
    chosen = Forward(named).choose(chance)
    assert (chosen is None) == (sum(weights) == 0)
    assert chosen is None or dict(named)[chosen] > 0


def test_weights_are_shares() -> None:
    """A quarter and three quarters of all chances."""
    forward = Forward((("blue", 1), ("green", 3)))
    chosen = [forward.choose(number / 100) for number in range(100)]
    assert (chosen.count("blue"), chosen.count("green")) == (25, 75)


def test_the_first_rule_whose_conditions_all_hold_decides() -> None:
    """All of a rule's conditions must hold; else the default action is taken."""
    first, second, default = (
        FixedResponse(200, "text/plain", name) for name in ("first", "second", "default")
    )
    path, post = Condition("path-pattern", ("/api/*",)), Condition("http-request-method", ("POST",))
    listener = Listener(
        "arn", "127.0.0.1", 80, (Rule(1, (path, post), first), Rule(2, (path,), second)), default
    )
    assert listener.action_for(REQUEST) is second
    assert listener.action_for(Request("POST", "h", "/api/x", "", "127.0.0.1")) is first
    assert listener.action_for(Request("GET", "h", "/", "", "127.0.0.1")) is default


def test_a_redirect_fills_in_what_it_keeps() -> None:
    """An unusual port is written out, a usual one is not."""
    keep = Redirect(302, "#{protocol}", "#{host}", "#{port}", "/new/#{path}", "#{query}")
    assert keep.location(REQUEST, 8080) == "http://API.credex.test:8080/new/api/v1/Ledger?slot=Green&x="
    other = Redirect(302, "HTTPS", "other.test", "443", "/#{path}", "")
    assert other.location(REQUEST, 8080) == "https://other.test/api/v1/Ledger"
