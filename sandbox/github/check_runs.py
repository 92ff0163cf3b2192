"""Check runs: what a build or test said of a commit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from sandbox.github.answers import Json, Pages, found
from sandbox.github.commits import resolve
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.people import application
from sandbox.github.routing import CurrentRepository, Routes
from sandbox.github.store import Record

routes = Routes()
Status = Literal["queued", "in_progress", "completed", "waiting", "requested", "pending"]
Conclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"]


class Output(BaseModel):
    """What the check has to say to people."""

    title: str | None = None
    summary: str | None = None
    text: str | None = None


class CheckRunRecord(Record):
    """A check of one commit."""

    head_sha: str
    name: str
    status: Status
    conclusion: Conclusion | None
    details_url: str | None
    external_id: str | None
    started_at: datetime | None
    completed_at: datetime | None
    output: Output


class NewCheckRun(BaseModel):
    """A check to report; one with a conclusion is complete."""

    name: str
    head_sha: str
    status: Status = "queued"
    conclusion: Conclusion | None = None
    details_url: str | None = None
    external_id: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    output: Output = Output()


class ChangedCheckRun(BaseModel):
    """What is new about a check; what is not named stays."""

    name: str | None = None
    status: Status | None = None
    conclusion: Conclusion | None = None
    details_url: str | None = None
    external_id: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    output: Output | None = None


def _body(repository: Repository, check: CheckRunRecord) -> Json:
    url = repository.links.api_of("check-runs", check.id)
    return {
        "id": check.id,
        "node_id": node_id("CR", check.id),
        "name": check.name,
        "head_sha": check.head_sha,
        "external_id": check.external_id or "",
        "url": url,
        "html_url": repository.links.page_of("runs", check.id),
        "details_url": check.details_url,
        "status": check.status,
        "conclusion": check.conclusion,
        "started_at": utc(check.started_at or check.created_at),
        "completed_at": utc(check.completed_at) if check.completed_at else None,
        "output": {
            **check.output.model_dump(),
            "annotations_count": 0,
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": check.id},
        "app": application(repository.links.site),
        "pull_requests": [],
    }


@routes.on("POST", "/check-runs", needs=("checks", "write"), status=201)
def create_check_run(repository: CurrentRepository, new: NewCheckRun) -> Json:
    """Report a check of a commit."""
    sha = resolve(repository, new.head_sha)
    record = repository.table(CheckRunRecord).add(
        lambda number, now: CheckRunRecord(
            id=number, created_at=now, updated_at=now, **{**new.model_dump(), "head_sha": sha}
        )
    )
    return _body(repository, _completed(repository, record))


@routes.on("GET", "/check-runs/{check_run_id}", needs=("checks", "read"))
def get_check_run(repository: CurrentRepository, check_run_id: int) -> Json:
    """One check."""
    return _body(repository, found(repository.table(CheckRunRecord).get(check_run_id)))


@routes.on("PATCH", "/check-runs/{check_run_id}", needs=("checks", "write"))
def update_check_run(repository: CurrentRepository, check_run_id: int, changed: ChangedCheckRun) -> Json:
    """Say what is new about a check."""
    table = repository.table(CheckRunRecord)
    found(table.get(check_run_id))
    named = {name: getattr(changed, name) for name in changed.model_fields_set}
    return _body(repository, _completed(repository, table.change(check_run_id, **named)))


def _completed(repository: Repository, check: CheckRunRecord) -> CheckRunRecord:
    if check.conclusion is None or (check.status == "completed" and check.completed_at):
        return check
    when = check.completed_at or repository.clock()
    return repository.table(CheckRunRecord).change(check.id, status="completed", completed_at=when)


@routes.on("GET", "/commits/{ref}/check-runs", needs=("checks", "read"))
def list_check_runs(
    repository: CurrentRepository,
    ref: str,
    pages: Pages,
    check_name: str | None = None,
    status: Status | None = None,
) -> Json:
    """A commit's checks: the newest of each name, as GitHub's filter "latest" does."""
    sha = resolve(repository, ref)
    runs = repository.table(CheckRunRecord).where(
        lambda run: run.head_sha == sha and check_name in {None, run.name} and status in {None, run.status}
    )
    latest = list({run.name: run for run in runs}.values())
    return {"total_count": len(latest), "check_runs": [_body(repository, run) for run in pages.cut(latest)]}
