"""Who may agree, and when an answer comes too late: each has its own sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.answer import Answer, objection_to
from models.environment import ApprovalSettings
from models.names import same_person

BEFORE = datetime(2026, 11, 24, 12, tzinfo=UTC)
IN_TIME = BEFORE - timedelta(hours=1)
STRICT = ApprovalSettings.model_validate(
    {
        "required": True,
        "requester_may_approve": False,
        "approvers": [
            {"name": "Tendai Ncube", "code_parameter": "/credex/testing/approvers/tendai"},
            {"name": "Farai Dube", "github": "farai-d", "code_parameter": "/credex/testing/approvers/farai"},
        ],
    }
)


def said(
    name: str,
    decision: str = "approve",
    *,
    given_at: datetime = IN_TIME,
    settings: ApprovalSettings = STRICT,
    requester: str = "Farai Dube",
) -> tuple[str, bool] | None:
    """What is objected to this answer, and whether that ends the run."""
    answer = Answer.model_validate({"decision": decision, "approver": name, "given_at": given_at})
    found = objection_to(answer, settings, requester=requester, answer_before=BEFORE)
    return (found.problem, found.final) if found else None


def test_an_approver_other_than_the_requester_may_agree() -> None:
    """However the name is written."""
    assert said("Tendai Ncube") is None
    assert said("  tendai   NCUBE ") is None


@pytest.mark.parametrize("name", ["Farai Dube", "farai dube", "FARAI  DUBE"])
def test_the_requester_may_not(name: str) -> None:
    """Capitals and spaces make nobody another person."""
    assert said(name) == ("Farai Dube asked for this change, so somebody else has to agree to it.", False)


def test_whoever_pushed_is_the_requester_under_their_login_at_github() -> None:
    """CI knows people by their logins."""
    pushed = said("Farai Dube", requester="Farai-D")
    assert pushed == ("Farai-D asked for this change, so somebody else has to agree to it.", False)
    assert said("Tendai Ncube", requester="farai-d") is None


def test_the_requester_may_where_the_environment_lets_them() -> None:
    assert said("Ann", settings=ApprovalSettings(required=True), requester="Ann") is None


def test_a_stranger_may_not() -> None:
    assert said("Eve") == ("Eve is not among the approvers: Tendai Ncube, Farai Dube.", False)


def test_anybody_may_reject_and_that_is_final() -> None:
    """The requester too, and somebody who could not approve."""
    for name in ("Eve", "Farai Dube"):
        assert said(name, "reject") == (f"{name} rejected the plan: no reason given.", True)


def test_an_answer_that_comes_too_late_is_none() -> None:
    """The moment at which the question ends is too late."""
    assert said("Tendai Ncube", given_at=BEFORE - timedelta(seconds=1)) is None
    expected = ("Nobody approved the plan before 2026-11-24 12:00 UTC.", True)
    assert said("Tendai Ncube", given_at=BEFORE) == expected


@pytest.mark.parametrize(
    "second",
    [
        {"name": "tendai  ncube", "code_parameter": "/credex/testing/approvers/other"},
        {"name": "Ann", "code_parameter": "/credex/testing/approvers/tendai"},
    ],
)
def test_approvers_who_share_a_name_or_a_secret_are_refused(second: dict[str, str]) -> None:
    """Else one person could be two."""
    first = {"name": "Tendai Ncube", "code_parameter": "/credex/testing/approvers/tendai"}
    with pytest.raises(ValidationError, match="of their own"):
        ApprovalSettings.model_validate({"approvers": [first, second]})


@given(st.text(alphabet="abÄß I'-.", min_size=1).filter(str.strip))
def test_a_name_is_the_same_in_capitals_and_with_other_spaces(name: str) -> None:
    assert same_person(name, f"  {'   '.join(name.split(' '))} ")
    assert same_person(name, name.casefold())
