"""Asks a person for a yes to exactly one plan. The flow's process ends meanwhile.

The question's name holds the plan's digest: a changed plan asks again, the same plan after a crash does not
(a retry clears Prefect's pause keys, so earlier answers are looked for first). What came of each answer is a
kept step; `questions` knows how Prefect keeps answers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import flow_run
from pydantic import ConfigDict, Field, SecretStr, create_model

from models.answer import Objection, expired
from models.approval import Approval
from models.change import Change
from models.environment import ApprovalSettings
from models.errors import Rejected
from models.names import PersonName
from models.question import question_page
from tasks.answers import judge_answer
from tasks.informing import tell_commit
from tasks.notifying import tell_of_question
from tasks.questions import Became, Mark, forget_given, key_of, was_answered
from tasks.steps import step

MOST_TRIES = 3
"""How many answers to one question may be wrong: a code of six digits must not be found by trying."""

GRACE = timedelta(hours=1)
"""How much longer Prefect keeps the question than it stands: a worker ends the run in words before that."""


class ApprovalForm(RunInput):
    """The form that the approver sees."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    decision: Literal["approve", "reject"] = Field(
        title="Decision",
        description="Approve applies exactly the plan shown; reject changes nothing.",
        json_schema_extra={"position": 0},
    )
    approver: PersonName = Field(
        title="Your name",
        description="Kept in the deployment log.",
        json_schema_extra={"position": 10},
    )
    comment: str = Field(
        default="",
        max_length=500,
        title="Comment",
        description="Why; shown in the deployment log.",
        json_schema_extra={"position": 30},
    )


class CodedApprovalForm(ApprovalForm):
    """The form where approvers prove who they are."""

    code: SecretStr = Field(
        default=SecretStr(""),
        max_length=9,
        title="One-time code",
        description="The six digits that your authenticator app shows now; a rejection needs none.",
        json_schema_extra={"position": 20},
    )


def ask_for_approval(change: Change, shown: str, earlier: Change | None = None) -> Approval | None:
    """The approval of the change's plan, shown as Markdown; None where the environment asks for none.

    Suspends the flow run until somebody answers. `earlier` is the approved change whose plan went stale,
    where there was one. Raises Rejected when the answer is no, not in time, or wrong too often.
    """
    settings = change.environment.approval
    if not settings.required:
        return None
    problem = ""
    for nth in range(1, MOST_TRIES + 1):
        question = f"apply-{change.saved.sha256}" + (f"-try-{nth}" if nth > 1 else "")
        before = note_question(change, question) + timedelta(hours=settings.expires_after_hours)
        page = question_page(change, shown, answer_before=before, problem=problem, earlier=earlier)
        verdict = _verdict(change, question, page, before)
        if isinstance(verdict, Approval):
            return verdict
        problem = verdict.problem
        if verdict.final:
            raise Rejected(
                problem, next_step="Nothing was changed; mend what was criticised, or start again."
            )
    raise Rejected(
        f"{problem} That was the last of {MOST_TRIES} tries.", next_step="Nothing was changed; start again."
    )


@step("Note when the question is asked")
def note_question(change: Change, question: str) -> datetime:  # noqa: ARG001 the result's key
    """Now. A continued run gets the kept time, so that no crash makes a question stand longer."""
    return datetime.now(UTC)


def _verdict(change: Change, question: str, page: str, before: datetime) -> Approval | Objection:
    left = before - datetime.now(UTC)
    if not was_answered(question):
        if left <= timedelta(0):
            return expired(before)
        tell_of_question(change, before)
        tell_commit(change, "pending", "Waits for an approval.", return_state=True)
        _suspend(change.environment.approval, question, page, left + GRACE)
    try:
        verdict = judge_answer(change, question, before)
    except Exception:
        forget_given(question, Mark(became=Became.REJECTED, told="The answer could not be looked at."))
        raise
    forget_given(question, _mark(verdict))
    return verdict


def _suspend(settings: ApprovalSettings, question: str, page: str, timeout: timedelta) -> None:
    """End this process until somebody answers; the run then begins again and finds the answer."""
    suspend_flow_run(
        wait_for_input=_form(settings).with_initial_data(description=page),
        key=key_of(question, flow_run.get_run_count()),
        timeout=int(timeout.total_seconds()),
    )


def _form(settings: ApprovalSettings) -> type[ApprovalForm]:
    """The form, with the approvers' names where the environment has any.

    No choice of these: whoever rejects need not be one of them, and must not have to pretend.
    """
    if not settings.approvers:
        return ApprovalForm
    names = ", ".join(approver.name for approver in settings.approvers)
    name: Any = Field(
        title="Your name",
        description=f"Kept in the deployment log. These may approve: {names}.",
        json_schema_extra={"position": 10},
    )
    return create_model("Approval", __base__=CodedApprovalForm, approver=(PersonName, name))


def _mark(verdict: Approval | Objection) -> Mark:
    if isinstance(verdict, Approval):
        return Mark(became=Became.APPROVED)
    return Mark(became=Became.REJECTED if verdict.final else Became.ASKED_AGAIN, told=verdict.problem)
