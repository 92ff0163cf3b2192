"""Dispatch and runs of workflows. Nothing runs by itself: the sandbox says how a run ended."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sandbox.github.answers import GitHubError, Json, Pages, found
from sandbox.github.git_objects import Commit, read_commit, utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.people import simple_user
from sandbox.github.repositories import minimal_repository
from sandbox.github.routing import CurrentRepository, CurrentToken, Routes
from sandbox.github.workflow_records import (
    WorkflowRecord,
    WorkflowRunRecord,
    finish_run,
    title_of,
    workflow_files,
    workflow_named,
)

routes = Routes()


class Dispatch(BaseModel):
    """A run to start by hand."""

    ref: str
    inputs: dict[str, Any] = {}
    return_run_details: bool = False


def _run_body(repository: Repository, run: WorkflowRunRecord) -> Json:
    links = repository.links
    url = links.api_of("actions/runs", run.id)
    workflow = found(repository.table(WorkflowRecord).get(run.workflow_id))
    actor = simple_user(links.site, run.actor)
    name = title_of(repository, workflow.path)
    return {
        "id": run.id,
        "node_id": node_id("WFR", run.id),
        "name": name,
        "display_title": name,
        "path": workflow.path,
        "run_number": run.id,
        "run_attempt": 1,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": run.workflow_id,
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "head_commit": _head_commit(read_commit(repository.git, run.head_sha)),
        "head_repository": minimal_repository(repository),
        "repository": minimal_repository(repository),
        "actor": actor,
        "triggering_actor": actor,
        "pull_requests": [],
        "created_at": utc(run.created_at),
        "updated_at": utc(run.updated_at),
        "run_started_at": utc(run.created_at),
        "url": url,
        "html_url": links.page_of("actions/runs", run.id),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": links.api_of("check-suites", run.id),
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "workflow_url": links.api_of("actions/workflows", run.workflow_id),
    }


def _head_commit(commit: Commit) -> Json:
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": utc(commit.author.date),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


@routes.on("POST", "/actions/workflows/{workflow_id}/dispatches", needs=("actions", "write"))
def dispatch(
    repository: CurrentRepository, token: CurrentToken, workflow_id: str, wish: Dispatch
) -> Response:
    """Start a run: 204, or 200 with the run where its details are asked for."""
    workflow = workflow_named(repository, workflow_id)
    sha = repository.git.commit_of(wish.ref)
    if sha is None:
        raise GitHubError(422, f"No ref found for: {wish.ref}")
    if workflow.path not in {entry.path for entry in workflow_files(repository, sha)}:
        raise GitHubError(422, f"Workflow does not exist on the ref {wish.ref}")
    run = repository.table(WorkflowRunRecord).add(
        lambda number, now: WorkflowRunRecord(
            id=number,
            created_at=now,
            updated_at=now,
            workflow_id=workflow.id,
            head_branch=wish.ref.removeprefix("refs/heads/"),
            head_sha=sha,
            event="workflow_dispatch",
            status="queued",
            conclusion=None,
            actor=token.login,
            inputs=wish.inputs,
        )
    )
    if not wish.return_run_details:
        return Response(status_code=204)
    body = _run_body(repository, run)
    return JSONResponse({"workflow_run_id": run.id, "run_url": body["url"], "html_url": body["html_url"]})


def _runs(repository: Repository, pages: Pages, wanted: dict[str, object]) -> Json:
    runs = repository.table(WorkflowRunRecord).where(
        lambda run: all(value is None or getattr(run, name) == value for name, value in wanted.items())
    )
    bodies = [_run_body(repository, run) for run in pages.cut(runs[::-1])]
    return {"total_count": len(runs), "workflow_runs": bodies}


@routes.on("GET", "/actions/runs", needs=("actions", "read"))
def list_runs(
    repository: CurrentRepository, pages: Pages, branch: str | None = None, head_sha: str | None = None
) -> Json:
    """All runs that match, the newest first."""
    return _runs(repository, pages, {"head_branch": branch, "head_sha": head_sha})


@routes.on("GET", "/actions/workflows/{workflow_id}/runs", needs=("actions", "read"))
def list_runs_of_workflow(
    repository: CurrentRepository, workflow_id: str, pages: Pages, branch: str | None = None
) -> Json:
    """The runs of one workflow, the newest first."""
    workflow = workflow_named(repository, workflow_id)
    return _runs(repository, pages, {"workflow_id": workflow.id, "head_branch": branch})


@routes.on("GET", "/actions/runs/{run_id}", needs=("actions", "read"))
def get_run(repository: CurrentRepository, run_id: int) -> Json:
    """One run."""
    return _run_body(repository, found(repository.table(WorkflowRunRecord).get(run_id)))


@routes.on("POST", "/actions/runs/{run_id}/cancel", needs=("actions", "write"), status=202)
def cancel_run(repository: CurrentRepository, run_id: int) -> Json:
    """Stop a run; 409 for one that has ended."""
    if found(repository.table(WorkflowRunRecord).get(run_id)).status == "completed":
        raise GitHubError(409, "Cannot cancel a workflow run that is completed.")
    finish_run(repository, run_id, "cancelled")
    return {}
