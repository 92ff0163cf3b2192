"""A client of the application that never stops asking, and so can tell whether it was served throughout."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

ADDRESS = "127.0.0.77"
"""The visitor's own: the application limits requests for each client address."""

EVERY_SECONDS = 0.7
"""Below that limit of 100 a minute."""


@dataclass
class Visits:
    """What came back: the digests that answered, in order, and what went wrong."""

    digests: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@contextmanager
def visiting(api_url: str) -> Iterator[Visits]:
    """Ask the application who it is, again and again, from the first request on until the block ends."""
    visits, over = Visits(), threading.Event()
    transport = httpx.HTTPTransport(local_address=ADDRESS)
    with httpx.Client(base_url=api_url, trust_env=False, timeout=5, transport=transport) as client:
        visitor = threading.Thread(target=_visit, args=(client, visits, over))
        visitor.start()
        try:
            yield visits
        finally:
            over.set()
            visitor.join()


def _visit(client: httpx.Client, visits: Visits, over: threading.Event) -> None:
    while True:
        try:
            visits.digests.append(client.get("/").raise_for_status().json()["image_digest"])
        except httpx.HTTPError as error:
            visits.failures.append(f"{type(error).__name__}: {error}")
        if over.wait(EVERY_SECONDS):
            return
