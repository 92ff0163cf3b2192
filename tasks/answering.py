"""Opens a database that may just have been started, once it lets the application's own user log in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from models.environment import Environment
from models.names import DatabaseName
from systems.neo4j.connection import Connection, open_database, wait_for_login
from tasks.access import database_credentials
from tasks.machines import telling


@contextmanager
def answering_database(environment: Environment, url: str, database: DatabaseName) -> Iterator[Connection]:
    """A connection to the database behind a Bolt URL, once it lets us log in.

    Raises ServiceUnavailable when it does not come up, WrongCredentials when it refuses the password.
    """
    credentials = database_credentials(environment, database)
    wait_for_login(
        url,
        credentials,
        deadline_seconds=environment.neo4j.start_within_seconds,
        on_progress=telling(database),
    )
    with open_database(url, credentials) as connection:
        yield connection
