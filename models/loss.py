"""What a restore would lose, as the approver reads it."""

from __future__ import annotations

from models.backup import Backup
from models.fingerprint import Fingerprint
from models.markdown import code, count_row, plain, table


def loss_table(backup: Backup, now: Fingerprint) -> str:
    """What is in the database now beside what the backup holds, in Markdown; what shrinks comes first."""
    then = backup.fingerprint
    held, kept = now.counts, then.counts
    rows = sorted(
        [count_row(name, held.get(name, 0), kept.get(name, 0)) for name in sorted(held | kept)],
        key=lambda row: int(row[3].strip("*+")),
    )
    made = f"Made {backup.made_at:%Y-%m-%d %H:%M} UTC with Neo4j {plain(backup.neo4j_version)}."
    first = "A backup of what is there now is made and proven first."
    return "\n\n".join(
        [
            f"# Restore {backup.database} to backup {code(backup.id)}",
            f"{made} {_since(backup, now)} {first}",
            table(["", "now", "in the backup", "difference"], rows),
        ]
    )


def _since(backup: Backup, now: Fingerprint) -> str:
    before, after = backup.fingerprint.identity.last_transaction, now.identity.last_transaction
    if now.same_data(backup.fingerprint):
        return "**Nothing would be lost**: the database holds the same data."
    if not now.identity.same_lineage(backup.fingerprint.identity):
        return "**The database is another one** than the backup was made of."
    if before is None or after is None:
        return "**What was written since is lost.**"
    return f"**About {max(after - before, 0)} transactions since then are lost.**"
