"""The FastAPI application: every concern's operations, GitHub's way of refusing, and git over HTTP."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.github import (
    branch_policies,
    branches,
    check_runs,
    comments,
    commits,
    contents,
    deployment_statuses,
    deployments,
    environments,
    git_http,
    inspection,
    merges,
    objects,
    people,
    pulls,
    refs,
    repositories,
    secrets,
    statuses,
    variables,
    workflow_runs,
    workflows,
)
from sandbox.github.answers import GitHubError
from sandbox.github.hub import Hub
from sandbox.github.routing import register
from sandbox.github.wire import Wire, WireMiddleware

_CONCERNS = (
    branch_policies,
    branches,
    check_runs,
    comments,
    commits,
    contents,
    deployment_statuses,
    deployments,
    environments,
    merges,
    objects,
    pulls,
    refs,
    repositories,
    secrets,
    statuses,
    variables,
    workflow_runs,
    workflows,
)


@dataclass(frozen=True)
class Site:
    """What a request is served from; `admin_token` opens /_sandbox."""

    hub: Hub
    admin_token: str


def build(site: Site, wire: Wire) -> ASGIApp:
    """The application over these repositories, behind the wire."""
    application = _application()

    async def on_site(scope: Scope, receive: Receive, send: Send) -> None:
        state = {"hub": site.hub, "admin_token": site.admin_token}
        await application({**scope, "state": state}, receive, send)

    return WireMiddleware(on_site, wire)


@functools.cache
def _application() -> FastAPI:
    """The operations alone. They hold no state, and building them takes longer than all else at a start."""
    application = FastAPI(title="GitHub (sandbox)", openapi_url=None, docs_url=None, redoc_url=None)
    application.include_router(people.router)
    application.include_router(inspection.router)
    register(application, [concern.routes for concern in _CONCERNS])
    application.include_router(git_http.router)
    _refuse_as_github_does(application)
    return application


def _refuse_as_github_does(application: FastAPI) -> None:
    @application.exception_handler(GitHubError)
    def refused(_request: Request, error: GitHubError) -> JSONResponse:
        return _answer(error)

    @application.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return _answer(_validation_error(error))

    @application.exception_handler(HTTPException)
    def unrouted(_request: Request, error: HTTPException) -> JSONResponse:
        unknown = error.status_code in {404, 405}
        return _answer(
            GitHubError(404, "Not Found") if unknown else GitHubError(error.status_code, error.detail)
        )


def _answer(error: GitHubError) -> JSONResponse:
    return JSONResponse(error.body, error.status, error.headers)


def _validation_error(error: RequestValidationError) -> GitHubError:
    """404 for a part of the path that has the wrong form (a number that is none), else 422."""
    faults = error.errors()
    if any(fault["loc"][0] == "path" for fault in faults):
        return GitHubError(404, "Not Found")
    named = [
        {"resource": "Request", "field": str(fault["loc"][-1]), "code": "invalid", "message": fault["msg"]}
        for fault in faults
    ]
    return GitHubError(422, "Validation Failed", errors=named)
