"""Workflows and their runs: what is kept, and what the files of `.github/workflows` say."""

from __future__ import annotations

import re
from typing import Any

from sandbox.github.answers import found
from sandbox.github.git_objects import TreeEntry, read_blob, read_commit, read_tree
from sandbox.github.hub import Repository
from sandbox.github.store import Record

_FOLDER = ".github/workflows/"


class WorkflowRecord(Record):
    """The number that a workflow file was given when it was first seen."""

    path: str


class WorkflowRunRecord(Record):
    """One run of a workflow."""

    workflow_id: int
    head_branch: str
    head_sha: str
    event: str
    status: str
    conclusion: str | None
    actor: str
    inputs: dict[str, Any]


def finish_run(repository: Repository, run_id: int, conclusion: str) -> None:
    """Let a run end with this conclusion (success, failure, ...). For the sandbox's own use only."""
    repository.table(WorkflowRunRecord).change(run_id, status="completed", conclusion=conclusion)


def workflow_files(repository: Repository, ref: str) -> list[TreeEntry]:
    """The workflow files at a branch or commit; none where there is no such."""
    commit = repository.git.commit_of(ref)
    if commit is None:
        return []
    entries = read_tree(repository.git, read_commit(repository.git, commit).tree, "-r")
    return [entry for entry in entries if re.fullmatch(re.escape(_FOLDER) + r"[^/]+\.ya?ml", entry.path)]


def all_workflows(repository: Repository) -> list[WorkflowRecord]:
    """All workflows ever seen on the default branch, each with a number of its own."""
    table = repository.table(WorkflowRecord)
    for entry in workflow_files(repository, repository.record.default_branch):
        if not table.where(lambda known, path=entry.path: known.path == path):  # type: ignore[misc]
            table.add(
                lambda number, now, path=entry.path: WorkflowRecord(  # type: ignore[misc]
                    id=number, created_at=now, updated_at=now, path=path
                )
            )
    return table.all()


def workflow_named(repository: Repository, workflow_id: str) -> WorkflowRecord:
    """By number or by file name, as GitHub allows."""
    return found(
        next(
            (
                known
                for known in all_workflows(repository)
                if workflow_id in {str(known.id), known.path.removeprefix(_FOLDER)}
            ),
            None,
        )
    )


def title_of(repository: Repository, path: str) -> str:
    """The file's `name:`, else its path, as GitHub shows it."""
    entries = workflow_files(repository, repository.record.default_branch)
    content = next(
        (read_blob(repository.git, entry.sha or "") for entry in entries if entry.path == path), b""
    )
    named = re.search(r"^name:\s*['\"]?(.+?)['\"]?\s*$", content.decode(errors="replace"), re.MULTILINE)
    return named.group(1) if named else path
