"""An approval is a yes to one plan, towards one release, for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.approval import Approval
from models.plan import StateIdentity

GIVEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLAN, OTHER = "a" * 64, "b" * 64
APPROVAL = Approval(
    plan_sha256=PLAN,
    changes_digest="c" * 64,
    state=StateIdentity(lineage=None, serial=0),
    release_digest="d" * 64,
    commit="e" * 40,
    image_digest="sha256:" + "f" * 64,
    approver="Tendai Ncube",
    given_at=GIVEN,
    expires_at=GIVEN + timedelta(hours=24),
)


@pytest.mark.parametrize(
    ("plan", "later", "covered"),
    [
        (PLAN, timedelta(0), True),
        (PLAN, timedelta(hours=23, minutes=59), True),
        (PLAN, timedelta(hours=24), False),
        (OTHER, timedelta(0), False),
    ],
)
def test_it_covers_exactly_its_own_plan_until_it_expires(plan: str, later: timedelta, covered: bool) -> None:
    """The second at which it expires is too late."""
    assert APPROVAL.covers(plan, GIVEN + later) is covered


def test_it_covers_a_second_plan_only_towards_the_release_that_was_shown() -> None:
    """An initial deployment has two plans and one approval."""
    assert APPROVAL.covers_release("d" * 64, GIVEN)
    assert not APPROVAL.covers_release("0" * 64, GIVEN)
    assert not APPROVAL.covers_release("d" * 64, GIVEN + timedelta(hours=24))
