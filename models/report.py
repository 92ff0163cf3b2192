"""What was verified, as Markdown for people."""

from __future__ import annotations

from models.check import Verdict, Verification
from models.markdown import plain, table

_WORDS = {verdict: verdict.value if verdict is Verdict.PASSED else f"**{verdict}**" for verdict in Verdict}


def verification_table(verification: Verification) -> str:
    """All checks as a Markdown table, what is not well first; a last column says what to do."""
    ranked = sorted(verification.checks, key=lambda check: -check.verdict.severity)
    rows = [[_WORDS[check.verdict], plain(check.name), plain(check.detail)] for check in ranked]
    if verification.passed:
        return table(["verdict", "check", "found"], rows)
    what_to_do = [plain(check.next_step) for check in ranked]
    return table(
        ["verdict", "check", "found", "what to do"],
        [[*row, step] for row, step in zip(rows, what_to_do, strict=True)],
    )
