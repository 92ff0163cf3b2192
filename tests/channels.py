"""A web server that stands for chat services: one that hears, one that refuses, one that hangs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "xoxb-4711-very-secret"
"""What an address holds that nobody may see."""


@dataclass
class Channels:
    """The messages that came, the addresses that were requested, and the Apprise address of each channel."""

    port: int = 0
    messages: list[dict[str, str]] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def address(self, way: str) -> str:
        """`hears`, `refuses` or `hangs`."""
        return f"json://127.0.0.1:{self.port}/{way}/{TOKEN}"

    def url(self, way: str) -> str:
        """An address that is requested plainly: `hears` or `refuses`."""
        return f"http://127.0.0.1:{self.port}/{way}/{TOKEN}"

    def titles(self) -> list[str]:
        """The first lines of what was heard."""
        return [message["title"] for message in self.messages]


@contextmanager
def open_channels() -> Iterator[Channels]:
    """Serve until the end of the block; what hangs is let go then."""
    channels = Channels()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/hangs"):
                channels.released.wait()
            if self.path.startswith("/hears"):
                channels.messages.append(json.loads(content))
            self.send_response(404 if self.path.startswith("/refuses") else 200)
            self.end_headers()

        def do_GET(self) -> None:
            channels.requested.append(self.path)
            self.send_response(404 if self.path.startswith("/refuses") else 200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name of the base class
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    channels.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield channels
    finally:
        channels.released.set()
        server.shutdown()
        server.server_close()
        serving.join()
