"""What was verified, as Markdown for people."""

from __future__ import annotations

from models.check import Verdict, Verification
from models.markdown import plain, table

_MARK = {Verdict.PASSED: "✅", Verdict.FAILED: "❌", Verdict.INCONCLUSIVE: "❔"}


def verification_table(verification: Verification) -> str:
    """All checks as a Markdown table, what is not well first."""
    ranked = sorted(verification.checks, key=lambda check: -check.verdict.severity)
    rows = [
        [_MARK[check.verdict], plain(check.name), plain(check.detail), plain(check.next_step)]
        for check in ranked
    ]
    return table(["", "check", "found", "what to do"], rows)
