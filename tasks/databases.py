"""Waits for the databases and gives them what the application relies on."""

from __future__ import annotations

from prefect import get_run_logger

from models.change import Change
from models.check import Check, Verdict, Weight
from models.database import DatabaseIdentity
from models.environment import Environment
from models.errors import DeployError, ServiceUnavailable
from models.names import DatabaseName
from models.outputs import Outputs
from systems.neo4j import connection as neo4j
from systems.neo4j import schema
from systems.neo4j.identity import read_identity
from tasks.access import database_credentials
from tasks.state import live_outputs
from tasks.steps import came_to, look, step


@look(
    "Wait until the database lets the application log in", "Wait until {database} lets the application log in"
)
def wait_for_database(environment: Environment, outputs: Outputs, database: DatabaseName) -> None:
    """Wait until the application's own user can log in over Bolt.

    Raises DeployError when the database does not come up, SetUpError for a wrong password.
    """
    logger = get_run_logger()
    url = outputs.bolt_urls[database]
    try:
        info = neo4j.wait_for_login(
            url,
            database_credentials(environment, database),
            deadline_seconds=environment.neo4j.start_within_seconds,
            on_progress=lambda sentence: logger.info("%s: %s", database, sentence),
        )
    except ServiceUnavailable as error:
        # Waiting was long enough: a passing fault would be tried again, and each try waits as long.
        raise DeployError(error.problem, next_step=error.next_step) from error
    logger.info("%s answers on %s: Neo4j %s.", database, url, info.version)


@look("Create the constraints that the application relies on", "Create the constraints of {database}")
def create_constraints(environment: Environment, outputs: Outputs, database: DatabaseName) -> None:
    """Create those that are missing; the others stay as they are.

    Raises Refused when data already there violates one.
    """
    url = outputs.bolt_urls[database]
    with neo4j.open_database(url, database_credentials(environment, database)) as connection:
        done = schema.create_constraints(connection, environment.databases[database].constraints)
    get_run_logger().info(
        "%s: %d constraints created, %d there.", database, len(done.created), len(done.existing)
    )


@step("Remember which databases these are")
def read_identities(change: Change) -> dict[DatabaseName, DatabaseIdentity]:
    """Lineage and counts of each database before the change, to know them again after it.

    Raises ServiceUnavailable or SetUpError when one cannot be asked: then nothing may be changed either.
    """
    environment, found = change.environment, {}
    outputs = live_outputs(environment)
    for database in environment.databases:
        url = outputs.bolt_urls[database]
        with neo4j.open_database(url, database_credentials(environment, database)) as connection:
            found[database] = read_identity(connection)
        get_run_logger().info("%s holds %d nodes.", database, found[database].node_count)
    return found


def identities_if_told(change: Change) -> tuple[dict[DatabaseName, DatabaseIdentity] | None, list[Check]]:
    """The same where every database can be asked, else None and a check that says so.

    For what may be the cure of a database that lets nobody log in, and touches none: a release that leaks
    connections has to be taken away all the same.
    """
    found = came_to(read_identities(change, return_state=True))
    if isinstance(found, dict):
        return found, []
    if not isinstance(found, DeployError):
        raise DeployError(f"The databases could not be asked: {found}.", next_step="Read the task's log.")
    return None, [
        Check(
            name="The same data",
            verdict=Verdict.INCONCLUSIVE,
            weight=Weight.TOLD,
            detail=f"not compared, as there was no login before the change: {found.problem.rstrip('.')}",
            next_step=found.next_step,
        )
    ]
