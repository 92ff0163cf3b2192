"""Logging in to a database, waiting until it lets us, and running queries; errors speak plainly.

Nothing here tries again behind one's back: `wait_for_login` waits in sight, and steps are retried by tasks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

from neo4j import READ_ACCESS, WRITE_ACCESS, Bookmarks, Driver, GraphDatabase, Query, Result, Session

from models.database import ServerInfo
from models.errors import ServiceUnavailable
from systems.neo4j.bolt_url import BoltUrl
from systems.neo4j.errors import LoginsPaused, WrongCredentials, in_plain_words
from systems.waiting import Pace, wait_for

LOGIN_SECONDS = 10.0
"""How long a server may take to accept a connection and to answer a login."""

SECOND_TRY_SECONDS = 20.0
"""After how long a refused password is tried once more: a machine being set up may still get its password.
Only once, as the third refusal in a row makes Neo4j lock the user out, and the application with it."""

BATCH_ROWS = 1000
"""How many rows of a stream are fetched at once."""

_PAUSE_SECONDS = 6.0
"""How long a lock of logins is waited out: a little longer than Neo4j's dbms.security.auth_lock_time."""

_PROGRESS_EVERY_SECONDS = 15.0

# The driver logs each failed connection besides raising it; those that matter are raised as errors of ours.
logging.getLogger("neo4j").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Credentials:
    """A user of the database. The password stands in no repr."""

    user: str
    password: str = field(repr=False)


class Connection:
    """An open way to one database (the user's home database, which is `neo4j` in the Community edition)."""

    def __init__(self, url: BoltUrl, driver: Driver) -> None:
        self.url = url
        self._driver = driver
        self._written: Bookmarks | None = None

    def read(self, query: LiteralString | Query, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a query that the server itself keeps from writing.

        Raises WrongCredentials, ServiceUnavailable or QueryRefused.
        """
        return self._run(query, parameters, READ_ACCESS)

    def write(self, query: LiteralString | Query, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a query that may write, in a transaction of its own; raises as `read` does."""
        return self._run(query, parameters, WRITE_ACCESS)

    def stream(self, query: LiteralString | Query) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query that may have any number of them, in batches of at most a thousand.

        Never more than a few batches are in memory, as the server waits for whoever reads slowly. What the
        driver cannot represent is given as it comes from it. Raises as `read` does.
        """
        with self._session(READ_ACCESS) as session:
            with in_plain_words(self.url):
                result = session.run(query)
            while rows := self._fetched(result):
                yield rows

    def _fetched(self, result: Result) -> list[tuple[Any, ...]]:
        with in_plain_words(self.url):
            # tuple.__iter__: a Record's own iteration costs more than all else that is done with it.
            return [tuple(tuple.__iter__(record)) for record in result.fetch(BATCH_ROWS)]

    def attempt(self, query: LiteralString) -> None:
        """Run a query that writes, and roll it back; raises as `write` does."""
        with (
            in_plain_words(self.url),
            self._driver.session(default_access_mode=WRITE_ACCESS) as session,
            session.begin_transaction() as transaction,
        ):
            transaction.run(query).consume()
            transaction.rollback()

    def server_info(self) -> ServerInfo:
        """Version and edition, as the server tells them after a login; raises as `read` does."""
        rows = self.read(
            "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' "
            "RETURN versions[0] AS version, edition"
        )
        return ServerInfo(**rows[0], address=f"{self.url.host}:{self.url.port}")

    def bookmark(self) -> str | None:
        """The server's name for the last committed transaction; raises as `read` does."""
        with in_plain_words(self.url), self._session(READ_ACCESS) as session:
            session.run("RETURN 1").consume()
            return next(iter(session.last_bookmarks().raw_values), None)

    def _session(self, access: str) -> Session:
        """In a cluster, it sees what this connection wrote before.

        The driver's bookmark manager would do so too, and mix the system database's bookmarks in.
        """
        return self._driver.session(
            default_access_mode=access, fetch_size=BATCH_ROWS, bookmarks=self._written
        )

    def _run(
        self, query: LiteralString | Query, parameters: dict[str, object], access: str
    ) -> list[dict[str, Any]]:
        with in_plain_words(self.url), self._session(access) as session:
            rows = session.run(query, parameters).data()
            if access == WRITE_ACCESS:
                self._written = session.last_bookmarks()
            return rows


@contextmanager
def open_database(
    url: BoltUrl | str, credentials: Credentials, *, timeout_seconds: float = LOGIN_SECONDS
) -> Iterator[Connection]:
    """A connection for the time of a `with`; the login itself happens at its first query.

    Raises Refused for what is no Bolt URL of a database.
    """
    address = url if isinstance(url, BoltUrl) else BoltUrl.parse(url)
    driver = GraphDatabase.driver(
        str(address),
        auth=(credentials.user, credentials.password),
        connection_timeout=timeout_seconds,
        connection_acquisition_timeout=timeout_seconds,
        max_transaction_retry_time=0,
        notifications_min_severity="OFF",
        user_agent="credex-deploy",
    )
    with driver:
        yield Connection(address, driver)


def login(
    url: BoltUrl | str, credentials: Credentials, *, timeout_seconds: float = LOGIN_SECONDS
) -> ServerInfo:
    """Log in and run a query: the only proof that a database can be used.

    Raises Refused (no Bolt URL), WrongCredentials, ServiceUnavailable (does not answer, or not yet).
    """
    with open_database(url, credentials, timeout_seconds=timeout_seconds) as connection:
        return connection.server_info()


def wait_for_login(
    url: BoltUrl | str,
    credentials: Credentials,
    *,
    deadline_seconds: float,
    on_progress: Callable[[str], None],
    second_try_seconds: float = SECOND_TRY_SECONDS,
) -> ServerInfo:
    """Try to log in until it works; `on_progress` hears why it does not yet.

    Raises what waiting cannot mend: Refused at once, WrongCredentials when the second try is refused too;
    and ServiceUnavailable with the last reason at the deadline.
    """
    address = url if isinstance(url, BoltUrl) else BoltUrl.parse(url)
    pace = Pace(deadline_seconds=deadline_seconds, interval_seconds=0.5)
    attempts = _Attempts(address, credentials, on_progress, second_try_seconds, pace.clock)
    info = wait_for(attempts.next, pace)
    if info is None:
        raise ServiceUnavailable(
            f"{attempts.reason} That is so after {deadline_seconds:.0f} s.",
            next_step="Check that this machine has a way to it, look at the instance's console output and at "
            "Neo4j's log on it, then run this again.",
        )
    return info


class _Attempts:
    """The logins of one wait: what came of the last one, and whether the next is due."""

    def __init__(
        self,
        url: BoltUrl,
        credentials: Credentials,
        on_progress: Callable[[str], None],
        second_try_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._on_progress = on_progress
        self._second_try_seconds = second_try_seconds
        self._clock = clock
        self._started = clock()
        self._not_before = self._started
        self._was_refused = False
        self._said_at = float("-inf")
        self.reason = ""

    def next(self) -> ServerInfo | None:
        """One login, unless it is too early for it; None where it did not work."""
        if self._clock() < self._not_before:
            return None
        try:
            return login(self._url, self._credentials)
        except WrongCredentials as error:
            if self._was_refused:
                raise
            self._was_refused = True
            self._pause(error.problem, self._second_try_seconds)
        except LoginsPaused as error:
            self._pause(error.problem, _PAUSE_SECONDS)
        except ServiceUnavailable as error:
            self._was_refused = False
            self._say(error.problem)
        return None

    def _pause(self, reason: str, seconds: float) -> None:
        self._not_before = self._clock() + seconds
        self._say(reason)

    def _say(self, reason: str) -> None:
        now = self._clock()
        if reason != self.reason or now - self._said_at >= _PROGRESS_EVERY_SECONDS:
            self._on_progress(f"{reason} Waiting since {now - self._started:.0f} s.")
            self._said_at = now
        self.reason = reason
