"""Which of our EBS snapshots may go: old ones that a newer proven backup has superseded. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from models.backup import Backup, BackupKind
from models.names import BackupId


class OwnSnapshot(BaseModel):
    """A snapshot that a run of ours took of a database's volume for this backup, recorded or not."""

    model_config = ConfigDict(frozen=True)

    snapshot_id: str
    backup: BackupId
    started_at: datetime


def expired_snapshots(
    snapshots: Sequence[OwnSnapshot], backups: Sequence[Backup], now: datetime, keep: timedelta
) -> list[OwnSnapshot]:
    """Those of one database's snapshots that are older than `keep` and than its newest proven backup.

    The newest proven backup stays, and so does the newest proven snapshot: the one beside a dump was not
    started when the dump was proven. Where nothing is proven, nothing goes.
    """
    proven = sorted((one for one in backups if one.proven_at), key=lambda one: one.made_at)
    if not proven:
        return []
    snapshots_proven = [one for one in proven if one.kind is BackupKind.SNAPSHOT]
    kept = [*proven[-1:], *snapshots_proven[-1:]]
    kept_ids = {one.id for one in kept} | {one.snapshot_id for one in kept}
    return [
        one
        for one in snapshots
        if not {one.backup, one.snapshot_id} & kept_ids
        and one.started_at < proven[-1].made_at
        and now - one.started_at > keep
    ]
