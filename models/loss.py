"""What a restore would lose, as the approver reads it."""

from __future__ import annotations

from models.backup import Backup
from models.fingerprint import Fingerprint
from models.markdown import code, plain, table


def loss_table(backup: Backup, now: Fingerprint) -> str:
    """What is in the database now beside what the backup holds, in Markdown; what shrinks comes first."""
    then = backup.fingerprint
    rows = sorted(
        [_row(f":{label}", now.labels.get(label, 0), then.labels.get(label, 0)) for label in _both(now, then)]
        + [
            _row(f"[:{kind}]", now.relationship_types.get(kind, 0), then.relationship_types.get(kind, 0))
            for kind in sorted(now.relationship_types.keys() | then.relationship_types.keys())
        ],
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


def _both(now: Fingerprint, then: Fingerprint) -> list[str]:
    return sorted(now.labels.keys() | then.labels.keys())


def _row(name: str, now: int, then: int) -> list[str]:
    difference = then - now
    told = f"**{difference}**" if difference < 0 else f"+{difference}" if difference else "0"
    return [code(name), str(now), str(then), told]


def _since(backup: Backup, now: Fingerprint) -> str:
    before, after = backup.fingerprint.identity.last_transaction, now.identity.last_transaction
    if now.same_data(backup.fingerprint):
        return "**Nothing would be lost**: the database holds the same data."
    if not now.identity.same_lineage(backup.fingerprint.identity):
        return "**The database is another one** than the backup was made of."
    if before is None or after is None:
        return "**What was written since is lost.**"
    return f"**About {max(after - before, 0)} transactions since then are lost.**"
