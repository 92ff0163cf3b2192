"""A database that cannot be reached is an error that says why, quickly, and nothing else is said."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator

import pytest

from models.errors import Refused, ServiceUnavailable
from systems.neo4j.connection import Credentials, login, wait_for_login
from tests.sandbox.neo4j.servers import own_address

CREDENTIALS = Credentials(user="neo4j", password="never-to-be-shown")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of something that accepts connections and says nothing."""
    with socket.socket() as listener:
        listener.bind((own_address(), 7687))
        listener.listen()
        yield listener.getsockname()[0]


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_nothing_listens_there(scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    """The error names the address; the driver's own warnings stay away."""
    address = own_address()
    with caplog.at_level(logging.DEBUG), pytest.raises(ServiceUnavailable) as failed:
        login(f"{scheme}://{address}", CREDENTIALS, timeout_seconds=2)
    assert f"{scheme}://{address}:7687 does not answer" in failed.value.problem
    assert "security group" in failed.value.next_step
    assert [record for record in caplog.records if record.name.startswith("neo4j")] == []


def test_a_refused_connection_is_called_so() -> None:
    """Not by the driver's three lines."""
    with pytest.raises(ServiceUnavailable, match=r"does not answer: nothing listens there\."):
        login(f"bolt://{own_address()}", CREDENTIALS)


@pytest.mark.parametrize("scheme", ["bolt", "bolt+s", "neo4j"])
def test_silence_ends_at_the_timeout(silent: str, scheme: str) -> None:
    """A machine that hangs holds nobody up for longer than was said."""
    began = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="does not answer"):
        login(f"{scheme}://{silent}", CREDENTIALS, timeout_seconds=1)
    assert time.monotonic() - began < 4


def test_a_name_that_does_not_exist_is_called_so() -> None:
    """RFC 6761 keeps .invalid free for ever."""
    with pytest.raises(ServiceUnavailable, match="its host name does not resolve"):
        login("bolt://ledger.invalid", CREDENTIALS, timeout_seconds=2)


def test_waiting_ends_at_the_deadline_with_the_last_reason() -> None:
    """The reason was said while waiting, once and not at each attempt."""
    said: list[str] = []
    with pytest.raises(ServiceUnavailable, match=r"nothing listens there\. That is so after 2 s\."):
        wait_for_login(f"bolt://{own_address()}", CREDENTIALS, deadline_seconds=2, on_progress=said.append)
    assert len(said) == 1
    assert "nothing listens there" in said[0]


def test_what_is_no_address_is_not_waited_for() -> None:
    """Waiting cannot mend a placeholder."""
    with pytest.raises(Refused, match="not a Bolt URL"):
        wait_for_login("placeholder", CREDENTIALS, deadline_seconds=60, on_progress=pytest.fail)


def test_a_password_stands_in_no_repr() -> None:
    """Credentials may end up in a traceback's locals."""
    assert "never-to-be-shown" not in repr(CREDENTIALS)
