"""Gives a database the data that it is to have, and believes that only when it has read all of it."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact

from models.backup import Backup
from models.environment import Environment
from models.errors import DeployError, ServiceUnavailable
from models.fingerprint import Fingerprint
from models.loss import loss_table
from models.names import DatabaseName
from models.outputs import Outputs
from models.sameness import DataDiffers, require_same_data
from systems.aws.database_machine import DatabaseMachine
from systems.waiting import Pace, wait_for
from tasks.machines import database_machine, telling
from tasks.proving import fingerprint_at
from tasks.steps import step

LOOK_AT = "Leave it fenced: restore another backup with the scenario restore, or look at the volume."


@step("Bring the database back with its data", "Bring {database} back with its data")
def return_database(
    environment: Environment,
    outputs: Outputs,
    database: DatabaseName,
    *,
    version: str,
    backup: Backup,
    expected: Fingerprint,
    restores: bool,
) -> Fingerprint:
    """Wait for the machine with this version of Neo4j, and for the data expected in it; gives what is in it.

    `restores` where the data may have been written by a newer version, which this one cannot read; else the
    backup is used only if the data is not what it was. Raises DataDiffers when it is not after that either.
    """
    machine = wait_for_machine(environment, database, version)
    if not restores:
        try:
            return _read_expected(environment, outputs, database, expected)
        except (DataDiffers, ServiceUnavailable) as error:
            telling(database)(f"{error.problem} Restoring the backup.")
    restore_backup(machine, database, backup)
    return _read_expected(environment, outputs, database, expected)


@step("Show what a restore would lose")
def show_loss(environment: Environment, backup: Backup, now: Fingerprint) -> str:
    """Put what is in the database beside what the backup holds on the flow run's page; gives the Markdown."""
    text = loss_table(backup, now)
    create_markdown_artifact(
        text,
        key=f"loss-{environment.name}",
        description=f"What restoring {backup.database} in {environment.name} would lose",
    )
    return text


def restore_backup(machine: DatabaseMachine, database: DatabaseName, backup: Backup) -> None:
    """Put the dump of a backup in the place of the database's data, which is kept beside it.

    Raises Refused for a backup that has none.
    """
    machine.restore(backup.require_dump(), on_progress=telling(database))


def wait_for_machine(environment: Environment, database: DatabaseName, version: str) -> DatabaseMachine:
    """The database's machine, once it takes commands and has this version of Neo4j installed.

    Raises DeployError with the last reason when that takes too long.
    """
    reasons = ["it was not looked at"]

    def look() -> DatabaseMachine | None:
        try:
            machine = database_machine(environment, database)
            installed = machine.status(on_progress=lambda _sentence: None).version
        except DeployError as error:
            reasons.append(error.problem)
            return None
        reasons.append(f"it has Neo4j {installed or 'not yet'}")
        return machine if installed == version else None

    machine = wait_for(look, Pace(environment.neo4j.start_within_seconds))
    if machine is None:
        raise DeployError(
            f"The machine of {database} is not ready with Neo4j {version}: {reasons[-1]}",
            next_step="Look at its console output in EC2, then start again.",
        )
    return machine


def _read_expected(
    environment: Environment, outputs: Outputs, database: DatabaseName, expected: Fingerprint
) -> Fingerprint:
    found = fingerprint_at(environment, outputs.bolt_urls[database], database)
    require_same_data(f"The {database} database", found, expected, next_step=LOOK_AT)
    return found
