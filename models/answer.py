"""A person's answer to the question whether a plan may be applied, and what there is to object to it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.environment import ApprovalSettings
from models.names import PersonName


class Answer(BaseModel):
    """What was answered, by whom, when; the code that proves it is never kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    decision: Literal["approve", "reject"]
    approver: PersonName
    comment: str = Field(default="", max_length=500)
    given_at: datetime


class Objection(BaseModel):
    """Why an answer is no yes, in one sentence; `final` where nobody is asked again."""

    model_config = ConfigDict(frozen=True)

    problem: str
    final: bool = False


def objection_to(
    answer: Answer, settings: ApprovalSettings, *, requester: str, answer_before: datetime
) -> Objection | None:
    """What keeps this answer from being a yes, before any code is looked at; None where nothing does."""
    if answer.given_at >= answer_before:
        return expired(answer_before)
    if answer.decision == "reject":
        reason = answer.comment or "no reason given"
        return Objection(problem=f"{answer.approver} rejected the plan: {reason}.", final=True)
    if not settings.requester_may_approve and settings.is_requester(answer.approver, requester):
        return Objection(problem=f"{requester} asked for this change, so somebody else has to agree to it.")
    if settings.approvers and settings.approver(answer.approver) is None:
        known = ", ".join(approver.name for approver in settings.approvers)
        return Objection(problem=f"{answer.approver} is not among the approvers: {known}.")
    return None


def expired(answer_before: datetime) -> Objection:
    """What there is to say when nobody agreed in time."""
    return Objection(
        problem=f"Nobody approved the plan before {answer_before:%Y-%m-%d %H:%M} UTC.", final=True
    )
