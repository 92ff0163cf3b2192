"""The transport seam: what went over the wire, and faults that can be put onto it.

A fault stands for GitHub's own trouble (503, a rate limit, an answer that was lost), which no request could
bring about in a stand-in that works.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.github.answers import DOCUMENTATION

_REMEMBERED = 1000


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `fault` says that the answer was not the stand-in's own."""

    method: str
    path: str
    status: int
    body: bytes
    fault: bool


@dataclass(frozen=True)
class Fault:
    """An answer to be given to the next `times` requests that match, instead of serving them or after it."""

    status: int
    message: str = "Service unavailable"
    method: str = ".*"
    path: str = ".*"
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    given: Literal["instead", "after serving"] = "instead"

    def matches(self, method: str, path: str) -> bool:
        """Whether this is a request that the fault is meant for; both are regular expressions."""
        return bool(re.fullmatch(self.method, method) and re.fullmatch(self.path, path))


def secondary_rate_limit(retry_after_seconds: int, *, times: int = 1, method: str = ".*") -> Fault:
    """The answer that GitHub gives to clients that send too much at once."""
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Fault(403, message, method, times=times, headers={"Retry-After": str(retry_after_seconds)})


class Wire:
    """Records exchanges, tells observers of them, and gives faults. Thread-safe."""

    def __init__(self) -> None:
        self.observers: list[Callable[[Exchange], None]] = []
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, int]] = []
        self._exchanges: deque[Exchange] = deque(maxlen=_REMEMBERED)

    def put(self, fault: Fault) -> None:
        """Give this fault from now on, until it was given as often as it says."""
        with self._lock:
            self._faults.append((fault, fault.times))

    def exchanges(self, method: str = ".*", path: str = ".*") -> list[Exchange]:
        """The last exchanges that match (regular expressions), oldest first."""
        with self._lock:
            return [
                exchange
                for exchange in self._exchanges
                if re.fullmatch(method, exchange.method) and re.fullmatch(path, exchange.path)
            ]

    def next_fault(self, method: str, path: str) -> Fault | None:
        """The fault to give to this request, which counts as given."""
        with self._lock:
            for place, (fault, left) in enumerate(self._faults):
                if fault.matches(method, path):
                    self._faults[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None

    def note(self, exchange: Exchange) -> None:
        """Remember an exchange and tell the observers."""
        with self._lock:
            self._exchanges.append(exchange)
        for observer in self.observers:
            observer(exchange)


class WireMiddleware:
    """Puts a `Wire` between the server and the application."""

    def __init__(self, application: ASGIApp, wire: Wire) -> None:
        self._application = application
        self._wire = wire

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        answer = _Answer()
        fault = self._wire.next_fault(scope["method"], scope["path"])
        if fault is None or fault.given == "after serving":
            await self._application(scope, receive, answer.collect)
        if fault is not None:
            answer = _fault_answer(fault)
        self._wire.note(
            Exchange(scope["method"], scope["path"], answer.status, answer.body, fault is not None)
        )
        for message in answer.messages:
            await send(message)


class _Answer:
    """An answer held back until it is complete."""

    def __init__(self, messages: list[Message] | None = None) -> None:
        self.messages = messages or []

    async def collect(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])


def _fault_answer(fault: Fault) -> _Answer:
    content = {"message": fault.message, "documentation_url": DOCUMENTATION, "status": str(fault.status)}
    headers = {"content-type": "application/json; charset=utf-8", **fault.headers}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    start: Message = {"type": "http.response.start", "status": fault.status, "headers": pairs}
    return _Answer([start, {"type": "http.response.body", "body": json.dumps(content).encode()}])
