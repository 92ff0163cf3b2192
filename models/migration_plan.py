"""What a migration is to do: the releases on its way, until the other slot is live."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from models.errors import Refused
from models.migration import Pending
from models.names import CommitSha, DatabaseName, ImageDigest
from models.rehearsal import Rehearsal, rehearsal_table
from models.release import Release, Side


def require_no_standby(now: Release) -> None:
    """Raise Refused while a slot is kept from the migration before: there are two, and no third."""
    if now.standby is not None:
        raise Refused(
            f"{now.environment} still keeps its {now.live.other} slot, from the last migration.",
            next_step=f"Retire that first: credex trigger retirement --env {now.environment} -p early=true.",
        )


def require_pending(environment: str, commit: CommitSha, pending: Mapping[DatabaseName, Pending]) -> None:
    """Raise Refused where the databases have run all of a commit's migrations."""
    if not with_files(pending):
        raise Refused(
            f"The databases of {environment} have run all migrations of commit {commit[:12]}.",
            next_step="Deploy it as it is: credex trigger application-deployment "
            f"--env {environment} -p commit={commit}.",
        )


def with_files(pending: Mapping[DatabaseName, Pending]) -> dict[DatabaseName, Pending]:
    """The databases that have something to run."""
    return {database: each for database, each in pending.items() if each.files}


class MigrationPlan(BaseModel):
    """The code, the migrations that it needs, how they went on a copy, how long the old slot is kept."""

    model_config = ConfigDict(frozen=True)

    commit: CommitSha
    image_digest: ImageDigest
    pending: dict[DatabaseName, Pending]
    rehearsals: dict[DatabaseName, Rehearsal]
    kept_hours: float

    def prepared(self, now: Release) -> Release:
        """The new slot beside the live one, with databases and without a task: those wait for the data."""
        require_no_standby(now)
        return now.beside(self._side(now, tasks=0))

    def started(self, now: Release) -> Release:
        """The same with as many tasks as the live slot has."""
        return now.beside(self._side(now, tasks=now.desired_count))

    def switched(self, now: Release) -> Release:
        """What the migration ends with: the new slot live, the old one beside it."""
        require_no_standby(now)
        return self.started(now).switched(self.kept_hours)

    def in_place(self, now: Release) -> Release:
        """The new code on the databases that serve, which nothing but grew.

        Raises Refused where a migration may do more than add.
        """
        for database, pending in self.pending.items():
            if not pending.only_adds:
                raise Refused(
                    f"The migrations of {database} may do more than add, so they cannot run in place.",
                    next_step="Start the migration without in_place: it builds a second slot for them.",
                )
        return now.model_copy(
            update={
                "commit": self.commit,
                "image_digest": self.image_digest,
                "migrations": now.migrations | self._newest,
            }
        )

    def shown(self) -> str:
        """What the approver reads besides the plan, in Markdown."""
        return f"# Rehearsed on copies\n\n{rehearsal_table(self.rehearsals)}"

    def told(self, environment: str, release: Release, seconds: float) -> str:
        """What people should know at the end: how long writes waited, and the way back."""
        return (
            f"Writes waited {seconds:.0f} seconds. The {release.live.other} slot is kept for "
            f"{self.kept_hours:g} hours: credex trigger switch-back --env {environment} goes back to it."
        )

    @property
    def due(self) -> dict[DatabaseName, Pending]:
        """The databases that have something to run."""
        return with_files(self.pending)

    @property
    def _newest(self) -> dict[DatabaseName, str]:
        newest = {name: each.migrations.newest for name, each in self.due.items()}
        return {name: version for name, version in newest.items() if version}

    def _side(self, now: Release, *, tasks: int) -> Side:
        # An address of its own is the live slot's machine's: the new one gets its slot's.
        databases = {
            name: database.model_copy(update={"private_ip": None}) for name, database in now.databases.items()
        }
        return now.side().model_copy(
            update={
                "commit": self.commit,
                "image_digest": self.image_digest,
                "desired_count": tasks,
                "databases": databases,
                "migrations": now.migrations | self._newest,
            }
        )
