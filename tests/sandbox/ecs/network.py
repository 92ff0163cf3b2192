"""A loopback network of its own for each test process: 127.200.0.0/16 to 127.239.0.0/16."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved_network() -> Iterator[str]:
    """Yield the first two numbers of a network that no other process of these tests uses meanwhile."""
    for number in range(200, 240):
        with socket.socket() as reservation:
            try:
                reservation.bind((f"127.{number}.255.254", 65000))
            except OSError:
                continue
            yield f"127.{number}"
            return
    raise AssertionError("forty test processes at once")
