"""Keeps writes out of a database while it is changed, and lets them in again; a real write tells."""

from __future__ import annotations

from models.database import DatabaseIdentity
from models.environment import Environment
from models.errors import DeployError
from models.names import DatabaseName
from models.outputs import Outputs
from systems.neo4j.identity import read_identity
from systems.neo4j.writing import takes_writes
from tasks.answering import answering_database
from tasks.machines import database_machine, telling
from tasks.steps import look, step


@step("Let the database take no more writes", "Fence {database}")
def fence(environment: Environment, outputs: Outputs, database: DatabaseName, work_id: str) -> None:
    """Restart the database read-only, with a copy of its closed store under `work_id`; reads go on.

    Raises DeployError when it still takes writes, Refused when the volume has no room for the copy.
    """
    tell = telling(database)
    database_machine(environment, database).fence(work_id, on_progress=tell)
    if _takes_writes(environment, outputs, database):
        raise DeployError(
            f"{database} still takes writes after it was made read-only.",
            next_step="Look at neo4j.conf on its machine: the setting default_to_read_only must be there.",
        )
    tell("a write was tried and refused; reads go on.")


fence_again = fence.with_options(name="Fence once more", task_run_name="Fence {database} once more")
"""For putting back what the application may have written to meanwhile; its result is kept for itself."""


@look("Check that nothing was written since the backup", "Check that nothing was written to {database} since")
def check_still_fenced(
    environment: Environment, outputs: Outputs, database: DatabaseName, before: DatabaseIdentity
) -> None:
    """Look once more right before what relies on the backup: a run may have been away for long.

    Raises DeployError where somebody let writes in meanwhile: the backup is not all that there is then.
    """
    with answering_database(environment, outputs.bolt_urls[database], database) as connection:
        now, writable = read_identity(connection), takes_writes(connection)
    found = now.differences(before)
    if found or writable:
        told = "; ".join(found) or "it takes writes"
        raise DeployError(
            f"{database} was let take writes while this run was interrupted ({told}).",
            next_step="Start this once more: it fences and backs up anew.",
        )


@look("Let the database take writes again", "Open {database}")
def unfence(environment: Environment, outputs: Outputs, database: DatabaseName) -> None:
    """Restart the database for reading and writing, unless it is open already.

    Raises DeployError when it takes no writes afterwards.
    """
    tell = telling(database)
    database_machine(environment, database).unfence(on_progress=tell)
    if not _takes_writes(environment, outputs, database):
        raise DeployError(
            f"{database} is read-only although it was opened.",
            next_step="Start this once more; if it stays so, read neo4j.log on its machine.",
        )
    tell("a write was tried and accepted, and rolled back.")


def _takes_writes(environment: Environment, outputs: Outputs, database: DatabaseName) -> bool:
    with answering_database(environment, outputs.bolt_urls[database], database) as connection:
        return takes_writes(connection)
