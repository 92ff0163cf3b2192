"""Clients of the application that never stop: one asks who serves, one signs up members and notes whom."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from models.names import DatabaseName
from systems.neo4j.connection import open_database
from tests.scenarios.place import Place

ADDRESSES = {"reads": "127.0.0.77", "writes": "127.0.0.78"}
"""Each client's own: the application limits requests for each client address."""

EVERY_SECONDS = 0.7
"""Below that limit of 100 a minute."""

PATIENCE_SECONDS = 5


@dataclass
class Visits:
    """What came back: the digests that answered, in order, and what went wrong."""

    digests: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass
class Writes:
    """What became of each member, by handle and in order: why not, or nothing where they are signed up."""

    answers: dict[str, str] = field(default_factory=dict)

    @property
    def acknowledged(self) -> list[str]:
        """Who was told that they are signed up."""
        return [handle for handle, problem in self.answers.items() if not problem]

    @property
    def failures(self) -> list[str]:
        """Why others were not, or had no answer."""
        return list(filter(None, self.answers.values()))


@contextmanager
def visiting(api_url: str) -> Iterator[Visits]:
    """Ask the application who it is, again and again, from the first request on until the block ends."""
    visits = Visits()

    def visit(client: httpx.Client) -> None:
        try:
            visits.digests.append(client.get("/").raise_for_status().json()["image_digest"])
        except httpx.HTTPError as error:
            visits.failures.append(f"{type(error).__name__}: {error}")

    with _going_on(api_url, "reads", visit):
        yield visits


@contextmanager
def writing(api_url: str) -> Iterator[Writes]:
    """Sign up one member after the other, from the first request on until the block ends."""
    writes = Writes()

    def write(client: httpx.Client) -> None:
        name = uuid.uuid4().hex
        member = {"memberHandle": name, "phone": name, "firstname": "Nyasha"}
        try:
            client.post("/api/v1/members", json=member).raise_for_status()
        except httpx.HTTPError as error:
            writes.answers[name] = f"{type(error).__name__}: {error}"
        else:
            writes.answers[name] = ""

    with _going_on(api_url, "writes", write):
        yield writes


def lost(place: Place, writes: Writes) -> list[str]:
    """The members who were told that they are signed up and whom the live ledger does not know, in order."""
    ledger = DatabaseName.LEDGER
    with open_database(place.outputs().bolt_urls[ledger], place.credentials(ledger)) as connection:
        known = connection.read("MATCH (member:Member) RETURN member.memberHandle AS handle")
    handles = {row["handle"] for row in known}
    return [handle for handle in writes.acknowledged if handle not in handles]


@contextmanager
def _going_on(api_url: str, kind: str, request: Callable[[httpx.Client], None]) -> Iterator[None]:
    over = threading.Event()
    transport = httpx.HTTPTransport(local_address=ADDRESSES[kind])

    def go_on(client: httpx.Client) -> None:
        request(client)
        while not over.wait(EVERY_SECONDS):
            request(client)

    with httpx.Client(
        base_url=api_url, trust_env=False, timeout=PATIENCE_SECONDS, transport=transport
    ) as client:
        going_on = threading.Thread(target=go_on, args=[client])
        going_on.start()
        try:
            yield
        finally:
            over.set()
            going_on.join()
