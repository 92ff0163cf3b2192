"""Stands between a command and Prefect's server: whoever starts a flow run hears that the server is busy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

_OF_ONE_CONNECTION = {"connection", "content-encoding", "content-length", "host", "transfer-encoding"}


class BusyServer(ThreadingHTTPServer):
    """Lets every request through, but answers 503 to those that would start a run.

    With `starts` the server makes the run all the same, and only its answer goes lost.
    """

    def __init__(self, api_url: str, *, starts: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        server = urlsplit(api_url)
        self.server_url = f"{server.scheme}://{server.netloc}"
        self.api_url = f"http://127.0.0.1:{self.server_port}{server.path}"
        self.starts = starts
        self.asked = Event()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        server = cast("BusyServer", self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        would_start = self.path.endswith("/create_flow_run")
        if would_start and not server.starts:
            answer = httpx.Response(503)
        else:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _OF_ONE_CONNECTION}
            answer = httpx.request(
                self.command,
                server.server_url + self.path,
                headers=headers,
                content=body,
                timeout=60,
                trust_env=False,
            )
        self._answer(503 if would_start else answer.status_code, answer)
        if would_start:
            server.asked.set()

    def _answer(self, status: int, answer: httpx.Response) -> None:
        self.send_response(status)
        for name, value in answer.headers.items():
            if name.lower() not in _OF_ONE_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 the base class's own
        """Say nothing: what is of interest is what the command does."""


@contextmanager
def busy_server(api_url: str, *, starts: bool) -> Iterator[BusyServer]:
    """Such a server before the one of this address."""
    with BusyServer(api_url, starts=starts) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
