"""The data plane of one listener as an ASGI application: judge the request, then forward or answer it."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import httpx
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from sandbox.aws.load_balancer.routing import FixedResponse, Forward, Listener, Redirect, Request
from sandbox.aws.load_balancer.target_health import TargetKey
from sandbox.aws.load_balancer.targets import Targets

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)

CONNECT_SECONDS = 3.0
IDLE_SECONDS = 60.0
"""How long a target may stay silent, and how long an idle connection to it is kept, as at AWS."""


def new_client() -> httpx.AsyncClient:
    """Make the client that talks to all targets; it keeps their connections open between requests."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(IDLE_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=None, keepalive_expiry=IDLE_SECONDS - 5),
        trust_env=False,
    )


class Proxy:
    """Serves one listener; `listener` is replaced when its rules or weights change."""

    def __init__(self, listener: Listener, targets: Targets, client: httpx.AsyncClient) -> None:
        self.listener = listener
        self._targets = targets
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = HttpRequest(scope, receive)
        judged = _judged(request)
        action = self.listener.action_for(judged)
        if isinstance(action, Forward):
            await self._forward(action, request, send)
            return
        await _answer(action, judged, self.listener.port)(scope, receive, send)

    async def _forward(self, action: Forward, request: HttpRequest, send: Send) -> None:
        group = action.choose(random.random())  # noqa: S311 - spreads load, guards nothing
        target = self._targets.next_healthy(group) if group else None
        if target is None:
            await _error(503, "Service Temporarily Unavailable")(request.scope, request.receive, send)
            return
        with self._targets.request_to(target):
            response = await self._ask(target, request)
            await response(request.scope, request.receive, send)

    async def _ask(self, target: TargetKey, request: HttpRequest) -> Response:
        try:
            answer = await self._client.send(_outgoing(target, request), stream=True)
        except httpx.TimeoutException:
            return _error(504, "Gateway Time-out")
        except httpx.HTTPError:
            return _error(502, "Bad Gateway")
        response = StreamingResponse(_body(answer), answer.status_code)
        response.raw_headers = [
            (k.lower(), v) for k, v in answer.headers.raw if k.lower().decode() not in HOP_BY_HOP
        ]
        return response


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


def _judged(request: HttpRequest) -> Request:
    return Request(
        method=request.method,
        host=request.headers.get("host", ""),
        path=request.url.path,
        query=request.url.query,
        source=_peer(request),
        headers=tuple(request.headers.items()),
    )


def _peer(request: HttpRequest) -> str:
    return request.client.host if request.client else "127.0.0.1"


def _outgoing(target: TargetKey, request: HttpRequest) -> httpx.Request:
    """Build the request to a target; without a body none is sent, which would else be chunked."""
    headers = [(name, value) for name, value in request.headers.raw if name.decode() not in HOP_BY_HOP]
    forwarded = ", ".join([*request.headers.getlist("x-forwarded-for"), _peer(request)])
    headers = [(name, value) for name, value in headers if not name.startswith(b"x-forwarded-")]
    headers.append((b"x-forwarded-for", forwarded.encode()))
    headers.append((b"x-forwarded-proto", b"http"))
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    path = request.scope["raw_path"] + (b"?" + query if (query := request.scope["query_string"]) else b"")
    return httpx.Request(
        request.method,
        httpx.URL(scheme="http", host=target.address, port=target.port, raw_path=path),
        headers=headers,
        content=request.stream() if has_body else None,
    )


def _answer(action: FixedResponse | Redirect, request: Request, port: int) -> Response:
    if isinstance(action, FixedResponse):
        return Response(action.body, action.status, media_type=action.content_type)
    return RedirectResponse(action.location(request, port), action.status)


def _error(status: int, words: str) -> Response:
    return PlainTextResponse(f"{status} {words}\n", status)
