"""Markdown for people: tables of checks and summaries of outcomes. Text from outside is escaped."""

from __future__ import annotations

import re

from models.check import Check, Verdict, Verification

_MARK = {Verdict.PASSED: "✅", Verdict.FAILED: "❌", Verdict.INCONCLUSIVE: "❔"}


def escape(text: str) -> str:
    """The text as Markdown that shows it literally, on one line."""
    one_line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", one_line)


def verification_table(verification: Verification) -> str:
    """All checks as a Markdown table, what is not well first."""
    rows = sorted(verification.checks, key=lambda check: -check.verdict.severity)
    lines = ["| | check | found | what to do |", "|---|---|---|---|", *(_row(check) for check in rows)]
    return "\n".join(lines)


def _row(check: Check) -> str:
    cells = (check.name, check.detail, check.next_step)
    return f"| {_MARK[check.verdict]} | " + " | ".join(escape(cell) for cell in cells) + " |"
