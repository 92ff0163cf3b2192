"""Logging in to real servers: what they say of themselves, and what a wrong password leads to."""

from __future__ import annotations

import threading
import traceback
from pathlib import Path

import pytest

from models.errors import SetUpError
from sandbox.neo4j.server import Neo4jServer
from systems.neo4j.connection import Connection, Credentials, login, wait_for_login
from systems.neo4j.errors import LoginsPaused, QueryRefused, WrongCredentials
from tests.sandbox.neo4j.servers import LTS, PASSWORD, new_server

pytestmark = pytest.mark.sandbox

WRONG = Credentials(user="neo4j", password="a-wrong-password")


def test_a_login_tells_version_edition_and_address(server: Neo4jServer, credentials: Credentials) -> None:
    """Both versions, by both schemes."""
    for url in (server.url, server.url.replace("bolt", "neo4j")):
        info = login(url, credentials)
        assert (info.version, info.edition) == (server.version, "community")
        assert info.address == f"{server.address}:7687"


def test_a_wrong_password_is_for_a_person_to_mend(server: Neo4jServer, credentials: Credentials) -> None:
    """Neither password is in the error or its traceback; the right one works right after."""
    with pytest.raises(WrongCredentials) as failed:
        login(server.url, WRONG)
    assert isinstance(failed.value, SetUpError)
    assert failed.value.next_step
    shown = "".join(traceback.format_exception(failed.value))
    assert "a-wrong-password" not in shown
    assert PASSWORD not in shown
    assert login(server.url, credentials).version == server.version


def test_waiting_gives_up_on_a_wrong_password_and_locks_nobody_out(
    server: Neo4jServer, credentials: Credentials
) -> None:
    """It is tried twice: a third time would lock the application out as well. The reason is said before."""
    said: list[str] = []
    with pytest.raises(WrongCredentials):
        wait_for_login(server.url, WRONG, deadline_seconds=60, on_progress=said.append, second_try_seconds=1)
    assert len(said) == 1
    assert "does not accept the user and password" in said[0]
    assert login(server.url, credentials).version == server.version


def test_a_pause_of_logins_is_waited_out(server: Neo4jServer, credentials: Credentials) -> None:
    """Somebody else's wrong passwords make the server refuse the right one for seconds: no reason to fail."""
    for _ in range(3):
        with pytest.raises(WrongCredentials):
            login(server.url, WRONG)
    with pytest.raises(LoginsPaused):
        login(server.url, credentials)
    said: list[str] = []
    assert wait_for_login(server.url, credentials, deadline_seconds=60, on_progress=said.append).version
    assert "pauses logins" in said[0]


def test_waiting_sees_a_server_come_up(tmp_path: Path, credentials: Credentials) -> None:
    """From nothing there to a login, with the reason said in between."""
    new = new_server(LTS, tmp_path)
    new.set_initial_password(PASSWORD)
    said: list[str] = []
    starter = threading.Timer(0.5, new.start)
    starter.start()
    try:
        info = wait_for_login(new.url, credentials, deadline_seconds=60, on_progress=said.append)
    finally:
        starter.join()
        new.stop()
    assert info.version == LTS
    assert "nothing listens there" in said[0]


def test_an_unchanged_first_password_is_an_error_of_its_own(tmp_path: Path) -> None:
    """A server that nobody gave a password lets neo4j/neo4j in and then refuses every query."""
    new = new_server(LTS, tmp_path)
    new.start()
    try:
        with pytest.raises(WrongCredentials, match="must be changed"):
            wait_for_login(
                new.url,
                Credentials(user="neo4j", password="neo4j"),
                deadline_seconds=60,
                on_progress=lambda _: None,
                second_try_seconds=0,
            )
    finally:
        new.stop()


def test_reading_cannot_write(connection: Connection) -> None:
    """The server itself keeps a read from changing anything."""
    with pytest.raises(QueryRefused) as refused:
        connection.read("CREATE (:X)")
    assert refused.value.code == "Neo.ClientError.Statement.AccessMode"
    assert connection.read("MATCH (n) RETURN count(n) AS n") == [{"n": 0}]


def test_a_refused_query_does_not_quote_data(connection: Connection) -> None:
    """Neo4j's message names the violating value, which may be somebody's telephone number."""
    phone = "-".join(["263", "777", "123456"])
    connection.write("CREATE CONSTRAINT m FOR (n:M) REQUIRE n.phone IS UNIQUE")
    connection.write("CREATE (:M {phone: $phone})", phone=phone)
    with pytest.raises(QueryRefused) as refused:
        connection.write("CREATE (:M {phone: $phone})", phone=phone)
    assert refused.value.code == "Neo.ClientError.Schema.ConstraintValidationFailed"
    assert phone not in "".join(traceback.format_exception(refused.value))
