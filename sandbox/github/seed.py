"""A small credex-core to begin with: three branches, a few commits, migrations; more commits on demand."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.github.git import NO_OBJECT, GitFailed
from sandbox.github.git_objects import Signature, TreeEntry, read_commit, write_blob, write_commit, write_tree
from sandbox.github.hub import Repository
from sandbox.github.server import GitHubServer

FULL_NAME = "credex/credex-core"
BRANCHES = ("dev", "stage", "prod")

_PACKAGE = """{
  "name": "credex-core",
  "version": "1.0.0",
  "private": true,
  "scripts": { "build": "tsc", "start": "node build/server.js" }
}
"""
_SERVER = """import express from "express";

const app = express();
app.get("/health", (_request, response) => response.json({ status: "healthy" }));
app.listen(Number(process.env.PORT ?? 5000));
"""
_LEDGER = """CREATE CONSTRAINT daynode_date IF NOT EXISTS FOR (d:Daynode) REQUIRE d.Date IS UNIQUE;
"""
_SEARCH = """CREATE CONSTRAINT credex_id IF NOT EXISTS FOR (c:Credex) REQUIRE c.credexID IS UNIQUE;
"""
_WORKFLOW = """name: Deploy
on:
  workflow_dispatch:
    inputs:
      environment: { description: Environment to deploy to, required: true }
  push:
    branches: [stage, prod]
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
"""

_COMMITS: tuple[tuple[str, dict[str, str | None]], ...] = (
    ("Start the application", {"package.json": _PACKAGE, "src/server.ts": _SERVER}),
    (
        "Create the constraints by migrations",
        {"migrations/ledger/V001__daynode.cypher": _LEDGER, "migrations/search/V001__credex.cypher": _SEARCH},
    ),
    ("Deploy from a workflow", {".github/workflows/deploy.yml": _WORKFLOW}),
)


def seed_repository(server: GitHubServer, full_name: str = FULL_NAME) -> dict[str, str]:
    """Create the repository with its branches, and give each branch's newest commit.

    A repository that is there already is left as it is.
    """
    if server.hub.repository(full_name) is None:
        repository = server.hub.create(full_name, default_branch=BRANCHES[0])
        for message, files in _COMMITS:
            head = add_commit(repository, BRANCHES[0], files, message)
        for branch in BRANCHES[1:]:
            repository.git.move_ref(f"refs/heads/{branch}", head, NO_OBJECT)
    return heads(server.repository(full_name))


def heads(repository: Repository) -> dict[str, str]:
    """Each branch's newest commit."""
    prefix = "refs/heads/"
    return {ref.name.removeprefix(prefix): ref.target for ref in repository.git.refs(prefix)}


def add_commit(
    repository: Repository,
    branch: str,
    files: Mapping[str, str | None],
    message: str,
    author: str = "credex-developer",
) -> str:
    """Commit these files (None takes one away) to a branch, which is made if it is new; gives the commit.

    Raises GitFailed if the branch was moved meanwhile.
    """
    git = repository.git
    name = f"refs/heads/{branch}"
    current = git.ref(name)
    base = read_commit(git, current.target).tree if current else None
    entries = [
        TreeEntry(path, "100644", "blob", None if text is None else write_blob(git, text.encode()))
        for path, text in files.items()
    ]
    commit = write_commit(
        git,
        tree=write_tree(git, base, entries),
        parents=[current.target] if current else [],
        message=message,
        author=Signature(author, f"{author}@users.noreply.github.com", repository.clock()),
    )
    if not git.move_ref(name, commit, current.target if current else NO_OBJECT):
        raise GitFailed(f"{name} was moved meanwhile")
    return commit
