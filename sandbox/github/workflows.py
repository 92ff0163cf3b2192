"""The workflows of `.github/workflows` on the default branch. Their runs are in workflow_runs.py."""

from __future__ import annotations

from sandbox.github.answers import Json, Pages
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.routing import CurrentRepository, Routes
from sandbox.github.workflow_records import WorkflowRecord, all_workflows, title_of, workflow_named

routes = Routes()


def _workflow_body(repository: Repository, workflow: WorkflowRecord) -> Json:
    links = repository.links
    branch = repository.record.default_branch
    return {
        "id": workflow.id,
        "node_id": node_id("W", workflow.id),
        "name": title_of(repository, workflow.path),
        "path": workflow.path,
        "state": "active",
        "created_at": utc(workflow.created_at),
        "updated_at": utc(workflow.updated_at),
        "url": links.api_of("actions/workflows", workflow.id),
        "html_url": links.page_of("blob", branch, workflow.path),
        "badge_url": links.page_of("workflows", workflow.id, "badge.svg"),
    }


@routes.on("GET", "/actions/workflows", needs=("actions", "read"))
def list_workflows(repository: CurrentRepository, pages: Pages) -> Json:
    """The workflows of the default branch."""
    known = all_workflows(repository)
    bodies = [_workflow_body(repository, workflow) for workflow in pages.cut(known)]
    return {"total_count": len(known), "workflows": bodies}


@routes.on("GET", "/actions/workflows/{workflow_id}", needs=("actions", "read"))
def get_workflow(repository: CurrentRepository, workflow_id: str) -> Json:
    """One workflow, by its number or file name."""
    return _workflow_body(repository, workflow_named(repository, workflow_id))
