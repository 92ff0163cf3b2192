"""Asks a person for a yes to exactly one plan. The flow's process ends meanwhile.

The keys of the question name the plan's digest: a changed plan asks again, the same plan after a crash does
not (a retry clears Prefect's pause keys, so earlier answers are looked for first).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from prefect import get_run_logger
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.input.actions import read_flow_run_input
from prefect.input.run_input import keyset_from_base_key
from prefect.runtime import flow_run
from pydantic import ConfigDict, Field, ValidationError

from models.approval import Approval
from models.change import Change
from models.errors import Rejected
from models.names import PersonName
from tasks.steps import step


class ApprovalForm(RunInput):
    """The form that the approver sees."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    decision: Literal["approve", "reject"] = Field(
        title="Decision", description="Approve applies exactly the plan shown; reject changes nothing."
    )
    approver: PersonName = Field(title="Your name", description="Kept in the deployment log.")
    comment: str = Field(
        default="", max_length=500, title="Comment", description="Why; shown in the deployment log."
    )


def ask_for_approval(change: Change, shown: str) -> Approval | None:
    """The approval of the change's plan, shown as Markdown; None where the environment asks for none.

    Suspends the flow run until somebody answers. Raises Rejected when the answer is no.
    """
    approval = change.environment.approval
    if not approval.required:
        return None
    form = _answer(f"apply-{change.saved.sha256}", shown, approval.expires_after_hours)
    if form.decision == "reject":
        raise Rejected(
            f"{form.approver} rejected the plan: {form.comment or 'no reason given'}.",
            next_step="Nothing was changed; mend what was criticised and start again.",
        )
    return keep_approval(change, form.approver, form.comment)


@step("Keep the approval", "Keep the approval of {approver}")
def keep_approval(change: Change, approver: str, comment: str) -> Approval:
    """The approval, given now. A continued run gets the kept one: its time does not begin anew."""
    now = datetime.now(UTC)
    get_run_logger().info("%s approved plan %s.", approver, change.saved.sha256[:12])
    return Approval(
        plan_sha256=change.saved.sha256,
        changes_digest=change.saved.plan.changes_digest,
        state=change.saved.state,
        release_digest=change.release.digest(),
        commit=change.release.commit,
        image_digest=change.release.image_digest,
        findings=change.findings,
        approver=approver,
        comment=comment,
        given_at=now,
        expires_at=now + timedelta(hours=change.environment.approval.expires_after_hours),
    )


def _answer(root: str, shown: str, hours: float) -> ApprovalForm:
    attempt = flow_run.get_run_count()
    for earlier in range(1, attempt + 1):
        answer = _earlier_answer(f"suspended-{root}-{earlier}")
        if answer is not None:
            return answer
    form = ApprovalForm.with_initial_data(description=shown)
    return suspend_flow_run(wait_for_input=form, key=f"{root}-{attempt}", timeout=int(hours * 3600))


def _earlier_answer(base_key: str) -> ApprovalForm | None:
    keys = keyset_from_base_key(base_key)
    value = read_flow_run_input(keys["response"])
    if value is None:
        return None
    try:
        return ApprovalForm.model_validate(value)
    except ValidationError:
        get_run_logger().warning("An earlier answer to this question is not valid; asking again.")
        return None
