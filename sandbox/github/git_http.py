"""Clone, fetch and push over HTTP: `git http-backend` as a CGI program behind the repository's address."""

from __future__ import annotations

import os
import subprocess
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from sandbox.github.answers import GitHubError, found
from sandbox.github.hub import Repository
from sandbox.github.routing import CurrentHub, caller
from sandbox.github.tokens import Need, Token

router = APIRouter()
_DEADLINE_SECONDS = 120
_WRITE = "git-receive-pack"


def _git_caller(request: Request) -> Token:
    """Whoever asks, if they may: git asks again with a password after a 401."""
    wanted = Need("contents", "write" if _WRITE in f"{request.url.path} {request.url.query}" else "read")
    challenge = {"WWW-Authenticate": 'Basic realm="GitHub"'}
    try:
        token = caller(request)
    except GitHubError:
        token = None
    if token is None:
        raise GitHubError(401, "Authentication failed", headers=challenge)
    if not token.may(wanted):
        raise GitHubError(403, f"Permission denied to {token.login}")
    return token


GitCaller = Annotated[Token, Depends(_git_caller)]


def _cloned_repository(owner: str, repo: str, hub: CurrentHub) -> Repository:
    return found(hub.repository(f"{owner}/{repo}"))


ClonedRepository = Annotated[Repository, Depends(_cloned_repository)]


@router.api_route("/{owner}/{repo}.git/{service:path}", methods=["GET", "POST"], response_model=None)
async def serve_git(
    repository: ClonedRepository, service: str, request: Request, token: GitCaller
) -> Response:
    """One request of git's smart HTTP protocol."""
    body = await request.body()
    environment = _cgi_environment(repository, service, request, len(body), token.login)
    return _response(await run_in_threadpool(_run, environment, body))


def _cgi_environment(
    repository: Repository, service: str, request: Request, length: int, login: str
) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROJECT_ROOT": str(repository.folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REQUEST_METHOD": request.method,
        "PATH_INFO": f"/git/{service}",
        "QUERY_STRING": request.url.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(length),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "REMOTE_USER": login,
        "REMOTE_ADDR": "127.0.0.1",
    }


def _run(environment: dict[str, str], body: bytes) -> bytes:
    done = subprocess.run(
        ("git", "http-backend"),
        input=body,
        env=environment,
        capture_output=True,
        timeout=_DEADLINE_SECONDS,
        check=False,
    )
    return done.stdout


def _response(output: bytes) -> Response:
    head, _, body = output.partition(b"\r\n\r\n")
    lines = (line.split(":", 1) for line in head.decode("latin-1").split("\r\n") if ":" in line)
    headers = {name.strip(): value.strip() for name, value in lines}
    status = int(headers.pop("Status", "200").split()[0])
    return Response(body, status, headers)
