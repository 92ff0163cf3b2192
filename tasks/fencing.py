"""Keeps writes out of a database while it is changed, and lets them in again; a real write tells."""

from __future__ import annotations

from models.environment import Environment
from models.errors import DeployError
from models.names import DatabaseName
from models.outputs import Outputs
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
