"""Handlers collected by GitHub's own path templates, each with the permission that it asks for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, FastAPI, Request

from sandbox.github.answers import found
from sandbox.github.hub import Hub, Repository
from sandbox.github.tokens import Level, Need, Resource, Token, require, token_named

Handler = TypeVar("Handler", bound=Callable[..., Any])

REPOSITORY = "/repos/{owner}/{repo}"
_WITH_SLASHES = ("ref", "path", "basehead", "branch", "environment_name")


@dataclass(frozen=True)
class Route:
    """One operation: how it is called, who serves it, and what its token must be allowed to do."""

    method: str
    template: str
    handler: Callable[..., Any]
    status: int
    need: Need


@dataclass
class Routes:
    """The operations of one concern of the API."""

    _routes: list[Route] = field(default_factory=list)

    def on(
        self, method: str, template: str, *, needs: tuple[Resource, Level], status: int = 200
    ) -> Callable[[Handler], Handler]:
        """Serve an operation of a repository: `template` is what follows GitHub's /repos/{owner}/{repo}."""

        def register(handler: Handler) -> Handler:
            self._routes.append(Route(method, REPOSITORY + template, handler, status, Need(*needs)))
            return handler

        return register

    @property
    def routes(self) -> list[Route]:
        """What was registered, in order."""
        return self._routes


def register(application: FastAPI, concerns: list[Routes]) -> None:
    """Put the operations of all concerns into the application, the more specific templates first."""
    for route in sorted((route for routes in concerns for route in routes.routes), key=_specificity):
        application.add_api_route(
            _starlette_path(route.template),
            _one_at_a_time(route.handler),
            methods=[route.method],
            status_code=route.status,
            response_model=None,
            dependencies=[Depends(_permission(route.need))],
        )


def _specificity(route: Route) -> tuple[int, list[bool]]:
    parts = route.template.split("/")
    return -len(parts), [part.startswith("{") for part in parts]


def _starlette_path(template: str) -> str:
    """GitHub's template with the parameters marked that may hold slashes."""
    for name in _WITH_SLASHES:
        template = template.replace(f"{{{name}}}", f"{{{name}:path}}")
    return template


def _one_at_a_time(handler: Handler) -> Handler:
    """Let a repository serve one request after the other."""

    @functools.wraps(handler)
    def serve(repository: Repository, **rest: object) -> object:
        with repository.one_request:
            return handler(repository=repository, **rest)

    return cast("Handler", serve)


def _permission(need: Need) -> Callable[[Request], None]:
    def check(request: Request) -> None:
        request.state.token = require(caller(request), need)

    return check


def caller(request: Request) -> Token | None:
    """Whose token came with the request; None for none.

    Raises GitHubError 401 for a bad one.
    """
    hub: Hub = request.state.hub
    return token_named(request.headers.get("authorization"), hub.tokens)


def _current_hub(request: Request) -> Hub:
    hub: Hub = request.state.hub
    return hub


def _current_repository(owner: str, repo: str, request: Request) -> Repository:
    return found(_current_hub(request).repository(f"{owner}/{repo}"))


def _current_token(request: Request) -> Token:
    token: Token = request.state.token
    return token


CurrentHub = Annotated[Hub, Depends(_current_hub)]
CurrentRepository = Annotated[Repository, Depends(_current_repository)]
CurrentToken = Annotated[Token, Depends(_current_token)]
