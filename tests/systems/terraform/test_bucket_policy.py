"""A bucket's policy may become stronger; what is denied no longer, or newly allowed, is told."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from systems.terraform.bucket_policy import opened_policy
from systems.terraform.paths import UNKNOWN

BUCKET = "aws_s3_bucket_policy"
Statement = dict[str, Any]


def statement(effect: str, name: str) -> Statement:
    """One statement, told from others by its name."""
    return {"Sid": name, "Effect": effect, "Action": f"s3:{name}", "Resource": "*", "Principal": "*"}


def opened(before: list[Statement], after: list[Statement]) -> list[str]:
    """What becomes possible, as clauses."""
    values = [{"policy": json.dumps({"Statement": each})} for each in (before, after)]
    return [found.what for found in opened_policy(BUCKET, *values)]


def test_one_more_denial_opens_nothing() -> None:
    """Nor does one permission less, nor another order."""
    tls, put, get = statement("Deny", "NoTls"), statement("Deny", "Put"), statement("Allow", "Get")
    assert opened([tls], [put, tls]) == []
    assert opened([tls, get], [tls]) == []


def test_a_denial_less_and_a_permission_more_are_named() -> None:
    """A change of a statement is both: the old one goes, another comes."""
    assert opened([statement("Deny", "NoTls")], []) == ["it no longer denies all of NoTls"]
    assert opened([], [statement("Allow", "Get")]) == ["it allows more by Get"]
    weaker = statement("Deny", "NoTls") | {"Resource": "one"}
    assert opened([statement("Deny", "NoTls")], [weaker]) == ["it no longer denies all of NoTls"]


def test_a_statement_that_names_more_covers_the_one_before() -> None:
    """As a denial; the same as a permission opens something. A condition is no list of that kind."""
    for effect, found in (("Deny", []), ("Allow", ["it allows more by Put"])):
        narrow = statement(effect, "Put") | {"Resource": ["log/*"]}
        wide = narrow | {"Resource": ["codes/*", "log/*"]}
        assert opened([narrow], [wide]) == found
    unless = statement("Deny", "Put") | {"Condition": {"Null": {"s3:if-none-match": "true"}}}
    assert opened([statement("Deny", "Put")], [unless]) == ["it no longer denies all of Put"]


def test_what_is_not_known_yet_is_told_and_a_new_policy_takes_nothing_away() -> None:
    """The apply alone will tell; and a bucket that is made has had no policy before."""
    (unknown,) = opened_policy(BUCKET, {"policy": "{}"}, {"policy": UNKNOWN})
    assert not unknown.certain
    assert opened_policy(BUCKET, None, {"policy": "{}"}) == []
    assert opened_policy("aws_s3_bucket", {"policy": "{}"}, {"policy": "[]"}) == []


NAMES = st.sets(st.sampled_from(["A", "B", "C", "D"]))


@given(NAMES, NAMES, NAMES, NAMES)
def test_only_what_is_stronger_passes_silently(
    denied: set[str], denied_then: set[str], allowed: set[str], allowed_then: set[str]
) -> None:
    """By sets: what was denied stays denied, and nothing is allowed that was not."""
    before = [statement("Deny", each) for each in denied] + [statement("Allow", each) for each in allowed]
    after = [statement("Deny", each) for each in denied_then]
    after += [statement("Allow", each) for each in allowed_then]
    assert (opened(before, after) == []) == (denied <= denied_then and allowed_then <= allowed)
