"""A sandbox talks to itself alone."""

from __future__ import annotations

import pytest

from sandbox.leftovers import find_processes
from sandbox.record import read_record
from tests.conftest import RunningSandbox

pytestmark = pytest.mark.sandbox


def test_every_socket_is_on_loopback_and_nothing_talks_to_the_outside(sandbox: RunningSandbox) -> None:
    """Of any of its processes."""
    record = read_record(sandbox.settings.home)
    assert record is not None
    processes = find_processes(record.mark)
    assert len(processes) >= 3
    connections = [connection for process in processes for connection in process.net_connections("inet")]
    ends = [end for connection in connections for end in (connection.laddr, connection.raddr) if end]
    assert {end.ip for end in ends if not end.ip.startswith("127.")} == set()
