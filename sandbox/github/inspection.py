"""What GitHub never shows, below /_sandbox and for its own token only: secrets in clear, ending a run."""

from __future__ import annotations

import hmac
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from sandbox.github.answers import GitHubError, found
from sandbox.github.hub import Repository
from sandbox.github.routing import CurrentHub
from sandbox.github.secrets import secret_values
from sandbox.github.workflow_records import WorkflowRunRecord, finish_run


def _inspector(request: Request) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), str(request.state.admin_token).encode()):
        raise GitHubError(401, "Bad credentials")


def _repository(owner: str, repo: str, hub: CurrentHub) -> Repository:
    return found(hub.repository(f"{owner}/{repo}"))


Inspected = Annotated[Repository, Depends(_repository)]
router = APIRouter(prefix="/_sandbox/repos/{owner}/{repo}", dependencies=[Depends(_inspector)])


class Ending(BaseModel):
    """How a workflow run ends."""

    conclusion: Literal["success", "failure", "cancelled", "timed_out"]


@router.get("/secrets/{environment_name:path}", response_model=None)
def get_secret_values(repository: Inspected, environment_name: str) -> dict[str, str]:
    """An environment's secrets in clear, by name."""
    return secret_values(repository, environment_name)


@router.post("/runs/{run_id}/end", response_model=None)
def end_run(repository: Inspected, run_id: int, ending: Ending) -> Response:
    """Let a workflow run end."""
    found(repository.table(WorkflowRunRecord).get(run_id))
    finish_run(repository, run_id, ending.conclusion)
    return Response(status_code=204)
