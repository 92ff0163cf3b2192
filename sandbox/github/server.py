"""Starts and stops the stand-in: uvicorn in a thread, on loopback, with all state in one folder."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from models.errors import SetUpError
from sandbox.github.application import Site, build
from sandbox.github.hub import Hub, Repository, now
from sandbox.github.secrets import secret_values
from sandbox.github.store import Clock
from sandbox.github.tokens import Token
from sandbox.github.wire import Wire

_STOP_SECONDS = 10.0


class GitHubServer:
    """GitHub on this machine, between `start` and `stop`. What it keeps under `root` outlives it."""

    def __init__(
        self,
        host: str,
        port: int,
        root: Path,
        tokens: Sequence[Token],
        *,
        admin_token: str | None = None,
        clock: Clock = now,
    ) -> None:
        """Port 0 takes a free one. The socket is bound at once, so that `url` is right before `start`.

        Raises SetUpError for a port that is taken.
        """
        self._socket = _listen(host, port)
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        self.admin_token = admin_token or secrets.token_urlsafe(24)
        self.wire = Wire()
        self.hub = Hub(root, self.url, tokens, clock)
        application = build(Site(self.hub, self.admin_token), self.wire)
        self._server = uvicorn.Server(
            uvicorn.Config(
                application, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
            )
        )
        self._thread = threading.Thread(target=self._serve, name="sandbox-github", daemon=True)

    def start(self) -> None:
        """Serve. The socket listens already, so a request that comes before the server is up waits for it."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and give the port back; may be called twice."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)
        with suppress(OSError):
            self._socket.close()

    def repository(self, full_name: str) -> Repository:
        """The repository called owner/name.

        Raises KeyError where there is none.
        """
        repository = self.hub.repository(full_name)
        if repository is None:
            raise KeyError(full_name)
        return repository

    def secret_values(self, full_name: str, environment: str) -> dict[str, str]:
        """An environment's secrets in clear, by name, as no client of the API can read them."""
        return secret_values(self.repository(full_name), environment)

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _listen(host: str, port: int) -> socket.socket:
    # Without the protocol named, asyncio leaves Nagle's algorithm on: 40 ms more for each answer.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise SetUpError(
            f"GitHub's stand-in cannot listen on {host}:{port}: {error.strerror}.",
            next_step="Stop what uses that port, or give the sandbox another one.",
        ) from None
    return listening
