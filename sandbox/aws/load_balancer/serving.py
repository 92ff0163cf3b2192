"""Listens where the load balancers' listeners say, with a proxy behind each address and port."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from dataclasses import dataclass

import uvicorn

from models.errors import SetUpError
from sandbox.aws.load_balancer.proxy import Proxy, new_client
from sandbox.aws.load_balancer.routing import Listener
from sandbox.aws.load_balancer.targets import Targets

CLOSE_SECONDS = 5
"""How long requests may take to end after their listener is deleted."""

_log = logging.getLogger(__name__)


@dataclass
class _Served:
    proxy: Proxy
    server: uvicorn.Server
    task: asyncio.Task[None]


class Serving:
    """The open listeners; runs in the load balancer's event loop."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._client = new_client()
        self._served: dict[tuple[str, int], _Served] = {}

    async def apply(self, listeners: tuple[Listener, ...]) -> None:
        """Open, change and close listeners so that they are those given.

        Raises:
            SetUpError: an address cannot be listened on; the others are served all the same.

        """
        wanted = {(listener.address, listener.port): listener for listener in listeners}
        for place in [place for place in self._served if place not in wanted]:
            await self._close(self._served.pop(place))
        refusals = []
        for place, listener in wanted.items():
            if place in self._served:
                self._served[place].proxy.listener = listener
                continue
            try:
                self._served[place] = self._open(listener)
            except OSError as error:
                refusals.append(_refusal(listener, error))
        if refusals:
            raise refusals[0]

    def _open(self, listener: Listener) -> _Served:
        server_socket = _bound(listener)
        proxy = Proxy(listener, self._targets, self._client)
        server = uvicorn.Server(
            uvicorn.Config(
                proxy,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=CLOSE_SECONDS,
            )
        )
        _log.info("load balancer listens on %s:%d", listener.address, listener.port)
        return _Served(proxy, server, asyncio.create_task(server.serve([server_socket])))

    async def _close(self, served: _Served) -> None:
        served.server.should_exit = True
        await served.task

    async def close(self) -> None:
        """Close all listeners and the connections to targets."""
        await asyncio.gather(*(self._close(served) for served in self._served.values()))
        self._served.clear()
        await self._client.aclose()


def _bound(listener: Listener) -> socket.socket:
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server_socket.bind((listener.address, listener.port))
    except OSError:
        server_socket.close()
        raise
    return server_socket


def _refusal(listener: Listener, error: OSError) -> SetUpError:
    place = f"{listener.address}:{listener.port}"
    if error.errno == errno.EACCES:
        return SetUpError(
            f"This user may not listen on {place}.",
            next_step="Give the listener a port above 1023, or allow low ports with "
            "`sysctl net.ipv4.ip_unprivileged_port_start=80`.",
        )
    return SetUpError(
        f"The load balancer cannot listen on {place}: {error.strerror}.",
        next_step="Stop the program that holds the address, or give the environment another network.",
    )
