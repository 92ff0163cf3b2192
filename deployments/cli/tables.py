"""Tables for the terminal: without lines, the long column last, so that narrow terminals read well too."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.backup import Backup
from models.check import Verdict, Verification
from models.log import Record

PIPE_COLUMNS = 160
"""How wide a table is that nobody's terminal bounds: a log keeps long lines better than broken ones."""

_STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}


def console() -> Console:
    """Standard output for text from outside, which is shown as it is and never taken for markup."""
    out = Console(markup=False, highlight=False, emoji=False)
    return out if out.is_terminal else Console(markup=False, highlight=False, emoji=False, width=PIPE_COLUMNS)


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


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns[:-1]:
        table.add_column(name, no_wrap=name not in {"by", "check", "what"})
    table.add_column(columns[-1], overflow="fold")
    return table
