"""The HTTP side: who this is, whether it is well, and the little of the API that proves both databases."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from neo4j import AsyncDriver, AsyncGraphDatabase
from neo4j.exceptions import ConstraintError, DriverError, Neo4jError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from . import spaces
from .jobs import Jobs
from .rate_limit import RateLimit
from .settings import Behaviour, Database, Settings

HEALTH_CHECKER = "ELB-HealthChecker"
"""How a load balancer's health checks name themselves. They are not counted by the rate limit: the sandbox
makes them many times as often as AWS does, where they stay far below it."""


@dataclass(frozen=True)
class Application:
    """The application's parts, kept for the routes."""

    settings: Settings
    ledger: AsyncDriver
    search: AsyncDriver


def create_app(settings: Settings) -> Starlette:
    """Build the application; it connects to its databases while it serves, not before."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with _driver(settings.ledger) as ledger, _driver(settings.search) as search:
            app.state.application = Application(settings, ledger, search)
            jobs = asyncio.create_task(Jobs(ledger, settings).run())
            yield
            jobs.cancel()
            await asyncio.gather(jobs, return_exceptions=True)

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", _version),
            Route("/version", _version),
            Route("/health", _health),
            Route("/api/v1/ledger", _read_ledger),
            Route("/api/v1/members", _create_member, methods=["POST"]),
        ],
        middleware=[Middleware(RateLimited, limit=RateLimit(settings.requests_per_minute))],
    )


class RateLimited:
    """Answers 429 to a client address that asks too often."""

    def __init__(self, app: ASGIApp, limit: RateLimit) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 429."""
        if scope["type"] == "http":
            request = Request(scope)
            if not _is_health_check(request) and not self._limit.admits(_client_address(request)):
                await JSONResponse({"error": "Too many requests"}, 429)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_health_check(request: Request) -> bool:
    return request.headers.get("user-agent", "").startswith(HEALTH_CHECKER)


def _client_address(request: Request) -> str:
    """Tell who asks: behind the load balancer the last address it forwarded, else the peer."""
    forwarded = request.headers.get("x-forwarded-for")
    if forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return request.client.host if request.client else "unknown"


def _driver(database: Database) -> AsyncDriver:
    return AsyncGraphDatabase.driver(
        database.url,
        auth=(database.user, database.password),
        connection_timeout=3,
        max_transaction_retry_time=3,
    )


def _application(request: Request) -> Application:
    application = request.app.state.application
    assert isinstance(application, Application)  # noqa: S101 - set by the lifespan before any request
    return application


async def _version(request: Request) -> Response:
    settings = _application(request).settings
    return JSONResponse(
        {"commit": settings.commit, "image_digest": settings.image_digest, "task_id": settings.task_id}
    )


async def _health(request: Request) -> Response:
    if _application(request).settings.behaviour is Behaviour.SICK:
        return JSONResponse({"status": "sick"}, 500)
    return JSONResponse({"status": "ok"})


async def _read_ledger(request: Request) -> Response:
    application = _application(request)
    try:
        daynode, ledger, search = await asyncio.gather(
            spaces.active_daynode(application.ledger),
            spaces.counts(application.ledger),
            spaces.counts(application.search),
        )
    except (DriverError, Neo4jError):
        return _unavailable()
    return JSONResponse({"daynode": daynode, "ledger": ledger, "search": search})


async def _create_member(request: Request) -> Response:
    wanted = await _member(request)
    if wanted is None:
        return JSONResponse({"error": "memberHandle, phone and firstname are needed, as texts"}, 400)
    application = _application(request)
    try:
        created = await spaces.create_member(application.ledger, application.search, **wanted)
    except ConstraintError:
        return JSONResponse({"error": "memberHandle or phone is taken"}, 409)
    except (DriverError, Neo4jError):
        return _unavailable()
    if created is None:
        return JSONResponse({"error": "The ledger has no active Daynode"}, 503)
    return JSONResponse(created, 201)


async def _member(request: Request) -> dict[str, str] | None:
    try:
        body: Any = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
    if not isinstance(body, dict):
        return None
    fields = {"handle": "memberHandle", "phone": "phone", "firstname": "firstname"}
    given = {field: body.get(name) for field, name in fields.items()}
    wanted = {field: value for field, value in given.items() if isinstance(value, str) and value}
    return wanted if len(wanted) == len(fields) else None


def _unavailable() -> Response:
    return JSONResponse({"error": "A database is out of reach"}, 503)
