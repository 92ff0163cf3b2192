"""Deployments: that a commit is to run in an environment. Their statuses are in deployment_statuses.py."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from sandbox.github.answers import GitHubError, Json, Pages, found
from sandbox.github.deployment_records import DeploymentRecord, DeploymentStatusRecord, current_state
from sandbox.github.environments import ensure_environment
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.merges import merge_into, signature_of
from sandbox.github.people import simple_user
from sandbox.github.routing import CurrentRepository, CurrentToken, Routes
from sandbox.github.statuses import newest_by_context
from sandbox.github.tokens import Token

routes = Routes()


class NewDeployment(BaseModel):
    """A deployment to create. The defaults are GitHub's, and surprise: see `create_deployment`."""

    ref: Annotated[str, Field(min_length=1)]
    task: str = "deploy"
    auto_merge: bool = True
    required_contexts: list[str] | None = None
    payload: dict[str, Any] | str = ""
    environment: Annotated[str, Field(min_length=1)] = "production"
    description: str | None = None
    transient_environment: bool = False
    production_environment: bool | None = None


def _body(repository: Repository, record: DeploymentRecord) -> Json:
    url = repository.links.api_of("deployments", record.id)
    return {
        "id": record.id,
        "node_id": node_id("DE", record.id),
        "url": url,
        "sha": record.sha,
        "ref": record.ref,
        "task": record.task,
        "payload": record.payload,
        "environment": record.environment,
        "original_environment": record.environment,
        "description": record.description,
        "creator": simple_user(repository.links.site, record.creator),
        "created_at": utc(record.created_at),
        "updated_at": utc(record.updated_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": repository.links.api,
        "transient_environment": record.transient_environment,
        "production_environment": record.production_environment,
    }


@routes.on("POST", "/deployments", needs=("deployments", "write"), status=201)
def create_deployment(repository: CurrentRepository, token: CurrentToken, new: NewDeployment) -> Response:
    """A new deployment, unless the commit is not green (409).

    With `auto_merge` a branch that lacks commits of the default branch gets them merged, and the answer is
    202 without a deployment.
    """
    sha = repository.git.commit_of(new.ref)
    if sha is None:
        raise GitHubError(422, f"No ref found for: {new.ref}")
    if new.auto_merge and _merge_default_branch(repository, token, new.ref):
        default = repository.record.default_branch
        return JSONResponse({"message": f"Auto-merged {default} into {new.ref}."}, status_code=202)
    _require_green(repository, sha, new)
    environment = ensure_environment(repository, new.environment).name
    production = new.production_environment
    record = repository.table(DeploymentRecord).add(
        lambda number, now: DeploymentRecord(
            id=number,
            created_at=now,
            updated_at=now,
            sha=sha,
            ref=new.ref,
            task=new.task,
            payload=new.payload,
            environment=environment,
            description=new.description,
            transient_environment=new.transient_environment,
            production_environment=environment == "production" if production is None else production,
            creator=token.login,
        )
    )
    return JSONResponse(_body(repository, record), status_code=201)


def _merge_default_branch(repository: Repository, token: Token, ref: str) -> bool:
    default = repository.record.default_branch
    head = repository.git.commit_of(default)
    if head is None or repository.git.ref(f"refs/heads/{ref}") is None:
        return False
    message = f"Merge {default} into {ref}"
    return merge_into(repository, ref, head, message, signature_of(repository, token)) is not None


def _require_green(repository: Repository, sha: str, new: NewDeployment) -> None:
    states = {context: status.state for context, status in newest_by_context(repository, sha).items()}
    required = states if new.required_contexts is None else new.required_contexts
    faults = [
        {"resource": "Deployment", "field": "required_contexts", "code": "invalid", "contexts": [context]}
        for context in required
        if states.get(context) != "success"
    ]
    if faults:
        raise GitHubError(409, f"Conflict: Commit status checks failed for {new.ref}.", errors=faults)


class DeploymentFilter(BaseModel):
    """Which deployments are wanted; what is not named matches any."""

    sha: str | None = None
    ref: str | None = None
    task: str | None = None
    environment: str | None = None


@routes.on("GET", "/deployments", needs=("deployments", "read"))
def list_deployments(
    repository: CurrentRepository, pages: Pages, wish: Annotated[DeploymentFilter, Depends()]
) -> list[Json]:
    """The deployments that match, the newest first."""
    wanted = wish.model_dump()
    matching = repository.table(DeploymentRecord).where(
        lambda record: all(value in {None, getattr(record, name)} for name, value in wanted.items())
    )
    return [_body(repository, record) for record in pages.cut(matching[::-1])]


@routes.on("GET", "/deployments/{deployment_id}", needs=("deployments", "read"))
def get_deployment(repository: CurrentRepository, deployment_id: int) -> Json:
    """One deployment."""
    return _body(repository, found(repository.table(DeploymentRecord).get(deployment_id)))


@routes.on("DELETE", "/deployments/{deployment_id}", needs=("deployments", "write"), status=204)
def delete_deployment(repository: CurrentRepository, deployment_id: int) -> Response:
    """Delete a deployment; 422 for one that is active while there are others."""
    table = repository.table(DeploymentRecord)
    found(table.get(deployment_id))
    active = current_state(repository, deployment_id) in {"success", "in_progress"}
    if active and len(table.all()) > 1:
        raise GitHubError(422, "We cannot delete an active deployment unless it is the only deployment")
    table.remove(deployment_id)
    statuses = repository.table(DeploymentStatusRecord)
    for status in statuses.where(lambda status: status.deployment_id == deployment_id):
        statuses.remove(status.id)
    return Response(status_code=204)
