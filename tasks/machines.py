"""Opens the machine of a database, and passes on what it says to the flow run's log."""

from __future__ import annotations

from collections.abc import Callable

from prefect import get_run_logger

from models.environment import Environment
from models.names import DatabaseName
from systems.aws.database_machine import DatabaseMachine, find_machine
from systems.aws.session import Aws
from systems.redaction import scrub


def database_machine(environment: Environment, database: DatabaseName) -> DatabaseMachine:
    """The machine that runs the database now. Raises SetUpError where there is none, or two."""
    return find_machine(Aws(environment.aws.region), environment, database)


def telling(database: DatabaseName) -> Callable[[str], None]:
    """Says a sentence about the database in the flow run's log."""
    logger = get_run_logger()
    return lambda sentence: logger.info("%s: %s", database, scrub(sentence))
