"""The restore drill's own steps: the newest backups tried, and what came of it as a page."""

from __future__ import annotations

import time

from prefect.artifacts import create_markdown_artifact
from pydantic import BaseModel, ConfigDict

from models.backup import Backup, BackupKind
from models.environment import Environment
from models.fingerprint import Fingerprint
from models.markdown import code, table
from tasks.exporting import imported_export
from tasks.proving import restored_dump, restored_snapshot
from tasks.steps import look, step


class Drilled(BaseModel):
    """A backup that was restored into a scratch server, and how long that took."""

    model_config = ConfigDict(frozen=True)

    found: Fingerprint
    seconds: float


@step("Restore the backup into a scratch server", "Restore {backup.database}'s backup into a scratch server")
def restore_into_scratch(environment: Environment, backup: Backup) -> Drilled:
    """What the newest backup holds, once it was restored; raises DataDiffers when that is something else."""
    began = time.monotonic()
    if backup.kind is BackupKind.EXPORT:
        found = imported_export(environment, backup.require_export(), backup.fingerprint)
    elif backup.dump is not None:
        found = restored_dump(environment, backup.dump, backup.fingerprint)
    else:
        found = restored_snapshot(environment, backup.database, str(backup.snapshot_id), backup.fingerprint)
    return Drilled(found=found, seconds=time.monotonic() - began)


@look("Write the drill's report")
def write_report(environment: Environment, backups: list[Backup], drilled: list[Drilled]) -> None:
    """A table on the flow run's page."""
    rows = [
        [
            backup.database.value,
            code(backup.id),
            f"{backup.made_at:%Y-%m-%d %H:%M} UTC",
            str(one.found.identity.node_count),
            str(one.found.identity.relationship_count),
            f"{one.seconds:.0f} s",
        ]
        for backup, one in zip(backups, drilled, strict=True)
    ]
    text = table(["database", "backup", "made", "nodes", "relationships", "restored and compared in"], rows)
    create_markdown_artifact(
        f"# The newest backups of {environment.name} were restored\n\n{text}",
        key=f"restore-drill-{environment.name}",
        description=f"{environment.name}: the newest backups can be restored",
    )
