"""Lifecycle rules that let something go sooner are found."""

from __future__ import annotations

from typing import Any

import pytest

from systems.terraform.expiry import LIFECYCLE, shorter_life
from systems.terraform.paths import UNKNOWN

Rule = dict[str, Any]


def _rule(**values: object) -> Rule:
    rule: Rule = {"status": "Enabled", "filter": [{"prefix": "ledger/"}], "expiration": [{"days": 365}]}
    return rule | values


def _versions(days: int, kept: int | None = None) -> Rule:
    expiry = {"noncurrent_days": days, "newer_noncurrent_versions": kept}
    return _rule(expiration=[], noncurrent_version_expiration=[expiry])


def _configuration(*rules: Rule, bucket: str = "backups") -> dict[str, object]:
    return {"bucket": bucket, "rule": list(rules)}


NEWEST_STAYS = _rule(filter=[{"and": [{"prefix": "ledger/", "tags": {"superseded": "true"}}]}])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_rule(), _rule(expiration=[{"days": 30}])),
        (_rule(), _rule(filter=[{"prefix": ""}])),
        (_rule(), _rule(filter=[])),
        (_rule(), _rule(filter=[{"prefix": "search/"}])),
        (_rule(), _rule(expiration=[{"date": "2026-01-01T00:00:00Z"}])),
        (_rule(status="Disabled"), _rule()),
        (NEWEST_STAYS, _rule()),
        (_versions(365), _versions(30)),
        (_versions(30, 5), _versions(30, 2)),
        (_versions(30), _rule(expiration=[{"days": 30}])),
        (_rule(), _rule(expiration=[{"days": UNKNOWN}])),
        (
            _rule(expiration=[{"date": "2030-01-01T00:00:00Z"}]),
            _rule(expiration=[{"date": "2027-01-01T00:00:00Z"}]),
        ),
    ],
)
def test_what_goes_sooner_is_found(old: Rule, new: Rule) -> None:
    """Fewer days, more objects, fewer versions kept, a rule that comes into force."""
    (found,) = shorter_life(LIFECYCLE, _configuration(old), _configuration(new))
    assert found.certain
    assert "sooner than now" in found.what
    assert "ledger" not in found.what


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_rule(), _rule()),
        (_rule(), _rule(expiration=[{"days": 730}])),
        (_rule(), _rule(filter=[{"prefix": "ledger/old/"}])),
        (_rule(), NEWEST_STAYS),
        (_rule(), _rule(status="Disabled")),
        (_versions(30, 2), _versions(30, 5)),
        (_rule(), _rule(abort_incomplete_multipart_upload=[{"days_after_initiation": 1}])),
        (_rule(prefix="ledger/", filter=[]), _rule()),
    ],
)
def test_what_stays_as_long_or_longer_is_not_found(old: Rule, new: Rule) -> None:
    """Nor another spelling of the same rule."""
    assert shorter_life(LIFECYCLE, _configuration(old), _configuration(new)) == []


def test_a_rule_beside_the_earlier_ones_is_judged_alone() -> None:
    """The old rule stays, and covers what it always did."""
    new = _configuration(_rule(), _rule(filter=[{"prefix": "search/"}], expiration=[{"days": 1}]))
    (found,) = shorter_life(LIFECYCLE, _configuration(_rule()), new)
    assert "after 1 day," in found.what


def test_the_first_rule_of_a_bucket_and_the_rules_of_another_are_new() -> None:
    """There was no end before."""
    assert shorter_life(LIFECYCLE, None, _configuration(_rule()))
    assert shorter_life(LIFECYCLE, _configuration(_rule(), bucket="logs"), _configuration(_rule()))


def test_rules_that_are_not_known_yet_are_told_and_not_refused() -> None:
    """Nobody can say."""
    (found,) = shorter_life(LIFECYCLE, _configuration(_rule()), {"bucket": "backups", "rule": UNKNOWN})
    assert not found.certain
