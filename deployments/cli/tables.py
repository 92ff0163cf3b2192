"""Tables for the terminal: without lines, the long column last, so that narrow terminals read well too."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.backup import Backup
from models.check import Verdict, Verification
from models.log import Record

if TYPE_CHECKING:
    from deployments.earlier import EarlierRelease

PIPE_COLUMNS = 160
"""How wide a table is that nobody's terminal bounds: a log keeps long lines better than broken ones."""

_STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}


def console(*, stderr: bool = False) -> Console:
    """An output for text from outside, which is shown as it is and never taken for markup."""
    plainly = partial(Console, stderr=stderr, markup=False, highlight=False, emoji=False)
    out = plainly()
    return out if out.is_terminal else plainly(width=PIPE_COLUMNS)


def checks_table(verification: Verification) -> Table:
    """Each check with what was found, and below it what to do about it."""
    table = _table("verdict", "check", "found")
    for check in verification.checks:
        found = f"{check.detail}\n→ {check.next_step}" if check.next_step else check.detail
        table.add_row(Text(check.verdict.value, _STYLES[check.verdict]), Text(check.name), Text(found))
    return table


def log_table(records: list[Record]) -> Table:
    """One row for each record: who did what to which commit, and what came of it."""
    table = _table("no.", "when (UTC)", "commit", "by", "what")
    for record in records:
        entry = record.entry
        told = f"{entry.scenario} {entry.event}" + (f": {entry.reason}" if entry.reason else "")
        commit = entry.release.commit[:12] if entry.release else ""
        when = f"{record.written_at:%Y-%m-%d %H:%M}"
        table.add_row(str(record.number), when, commit, Text(entry.requester), Text(told))
    return table


def backups_table(backups: list[Backup]) -> Table:
    """One row for each backup: of what, when, how much, and whether a restore has proven it."""
    table = _table("id", "database", "made (UTC)", "Neo4j", "nodes", "proven", "kept as")
    for backup in backups:
        proven = f"{backup.proven_at:%Y-%m-%d %H:%M}" if backup.proven_at else "no"
        table.add_row(
            backup.id,
            backup.database.value,
            f"{backup.made_at:%Y-%m-%d %H:%M}",
            backup.neo4j_version,
            str(backup.fingerprint.identity.node_count),
            proven,
            Text(f"{backup.kind}: {backup.where}"),
        )
    return table


def releases_table(releases: list[EarlierRelease], now: datetime) -> Table:
    """One row for each release that ran well: what it is, how old, and what is not as it was then."""
    table = _table("no.", "commit", "image", "tasks", "recorded", "since then")
    for each in releases:
        candidate, bold = each.candidate, "bold" if each.candidate.default else ""
        runs = "it runs now" if candidate.current else ""
        parts = [runs, *each.since, f"NOT POSSIBLE: {each.obstacle}" if each.obstacle else ""]
        table.add_row(
            Text(f"{candidate.number} ←" if candidate.default else str(candidate.number), bold),
            candidate.release.commit[:12],
            candidate.release.image_digest[:19],
            str(candidate.release.desired_count),
            f"{_age(now - candidate.recorded_at)} ago",
            Text("; ".join(part for part in parts if part)),
        )
    return table


def _age(age: timedelta) -> str:
    """In the one unit that people would say."""
    minutes = int(age.total_seconds() // 60)
    for unit, length in (("day", 60 * 24), ("hour", 60), ("minute", 1)):
        if minutes >= length:
            number = minutes // length
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns[:-1]:
        table.add_column(name, no_wrap=name not in {"by", "check", "what"})
    table.add_column(columns[-1], overflow="fold")
    return table
