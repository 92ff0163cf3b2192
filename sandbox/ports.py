"""Looks, before anything starts, whether the sandbox's ports are free, and who holds them if not."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import psutil

from models.errors import SetUpError
from sandbox.settings import HOST


def check_ports(ports: Mapping[str, int]) -> None:
    """Take ports by the name of their setting; raises SetUpError for the first that somebody else holds."""
    for setting, port in ports.items():
        if not _is_free(port):
            raise SetUpError(
                f"Port {port} on {HOST} is taken by {_holder(port)}.",
                next_step=f"Stop that, or choose another port: {setting}={port + 1000} credex sandbox up.",
            )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _holder(port: int) -> str:
    for connection in psutil.net_connections("tcp"):
        listens = connection.status == psutil.CONN_LISTEN
        if listens and connection.laddr and connection.laddr.port == port and connection.pid:
            return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return "another program"


def free_ports(count: int) -> list[int]:
    """Ports that were free just now, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
