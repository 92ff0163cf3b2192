"""The page that an approver reads before answering, as Markdown: what is asked, and the plan beneath."""

from __future__ import annotations

from datetime import datetime

from models.change import Change
from models.markdown import code, plain, table
from models.plan_difference import differences


def question_page(
    change: Change, plan: str, *, answer_before: datetime, problem: str = "", earlier: Change | None = None
) -> str:
    """What is asked, with what was wrong with the last answer, and the rendered plan.

    `earlier` is the change that was approved and whose plan went stale, where this one takes its place.
    """
    parts = [
        f"**{plain(problem)}** Nothing was changed; please answer again." if problem else "",
        _request(change, answer_before),
        _override(change),
        _since(earlier, change) if earlier else "",
        plan,
    ]
    return "\n\n".join(part for part in parts if part)


def _request(change: Change, answer_before: datetime) -> str:
    return (
        f"**{plain(change.requester)}** asks for {plain(change.scenario)} in **{change.environment.name}**. "
        f"Answer before {answer_before:%Y-%m-%d %H:%M} UTC; until then nothing is changed or locked."
    )


def _override(change: Change) -> str:
    override = change.freeze_override
    if override is None:
        return ""
    return (
        f"**In spite of a freeze** until {override.freeze.ends_at:%Y-%m-%d %H:%M} UTC "
        f"({plain(override.freeze.reason)}): {plain(override.reason)}"
    )


def _since(earlier: Change, change: Change) -> str:
    """A change whose plan went stale before anybody had to agree differs from nothing that was approved."""
    if earlier.approval is None:
        return ""
    approved = earlier.approval
    head = (
        f"## What differs from the plan that {plain(approved.approver)} approved "
        f"at {approved.given_at:%H:%M} UTC\n\n"
        "That plan can no longer be applied: something else was, meanwhile."
    )
    rows = [[code(item.what), code(item.approved), code(item.now)] for item in differences(earlier, change)]
    if not rows:
        return f"{head} The same changes are planned again."
    return f"{head}\n\n{table(['', 'approved', 'now planned'], rows)}"
