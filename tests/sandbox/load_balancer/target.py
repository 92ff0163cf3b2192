"""A small server to be a target: says who it is, and does what a test tells it to."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

PORT = 5000


class Target:
    """Serves on its address from the start until `stop`; `health` is the status that /health answers."""

    def __init__(self, address: str, name: str) -> None:
        self.address = address
        self.name = name
        self.health = 200
        self.released = threading.Event()
        self.entered = threading.Event()
        self.checks: list[str] = []
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, PORT))
        config = uvicorn.Config(self._app(), lifespan="off", log_config=None, proxy_headers=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/health", self._health),
                Route("/held", self._held),
                Route("/{path:path}", self._echo, methods=["GET", "POST", "PUT"]),
            ]
        )

    async def _health(self, request: Request) -> Response:
        self.checks.append(request.headers.get("user-agent", ""))
        return PlainTextResponse("", self.health)

    async def _held(self, _: Request) -> Response:
        """Answer only when the test says so."""
        self.entered.set()
        while not self.released.is_set():
            await asyncio.sleep(0.02)
        return PlainTextResponse(self.name)

    async def _echo(self, request: Request) -> Response:
        body = await request.body()
        return JSONResponse(
            {
                "name": self.name,
                "method": request.method,
                "path": request.url.path,
                "query": request.url.query,
                "headers": dict(request.headers),
                "bytes": len(body),
            },
            headers={"x-target": self.name},
        )

    def stop(self) -> None:
        """Stop serving."""
        self.released.set()
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join()
