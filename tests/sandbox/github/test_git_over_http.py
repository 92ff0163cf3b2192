"""The real git client clones from the stand-in and pushes to it; the API sees the same commits."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import httpx
import pytest

from sandbox.github.seed import FULL_NAME
from sandbox.github.server import GitHubServer
from tests.sandbox.github.running import FULL, READER


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the git client with no settings but its own."""
    identity = {"GIT_AUTHOR_NAME": "Dev", "GIT_AUTHOR_EMAIL": "dev@example.org"}
    committer = {"GIT_COMMITTER_NAME": "Dev", "GIT_COMMITTER_EMAIL": "dev@example.org"}
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        ("git", *arguments),
        cwd=folder,
        env={**os.environ, **quiet, **identity, **committer},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def address(server: GitHubServer, token: str) -> str:
    """The repository's address with a token in it, as CI writes it."""
    return f"{server.url.replace('://', f'://x-access-token:{token}@')}/{FULL_NAME}.git"


@pytest.fixture
def clone(server: GitHubServer, tmp_path: Path) -> Path:
    """A working copy of the branch dev with one more commit."""
    done = git(tmp_path, "clone", "--quiet", "--branch", "dev", address(server, FULL.value), "copy")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "copy"
    (folder / "fix.ts").write_text("export const fixed = true;\n")
    git(folder, "add", "fix.ts")
    git(folder, "commit", "--quiet", "--message", "Fix it")
    return folder


def test_a_clone_holds_the_seeded_tree(clone: Path) -> None:
    """Clone over HTTP gives the files of the branch."""
    assert (clone / "migrations/ledger/V001__daynode.cypher").read_text().startswith("CREATE CONSTRAINT")


def test_a_pushed_commit_is_the_branch_in_the_api(clone: Path, http: httpx.Client) -> None:
    """Push over HTTP and the API are two doors to one repository."""
    pushed = git(clone, "push", "origin", "HEAD:refs/heads/hotfix/fix-it")
    assert pushed.returncode == 0, pushed.stderr
    branch = http.get("/branches/hotfix/fix-it").json()
    assert branch["commit"]["sha"] == git(clone, "rev-parse", "HEAD").stdout.strip()


def test_a_large_push_arrives_whole(clone: Path, http: httpx.Client) -> None:
    """Above its buffer of one megabyte git sends the pack in chunks, without a length."""
    (clone / "large.bin").write_bytes(os.urandom(3_000_000))
    git(clone, "add", "large.bin")
    git(clone, "commit", "--quiet", "--message", "Add much")
    pushed = git(clone, "push", "origin", "HEAD:refs/heads/large")
    assert pushed.returncode == 0, pushed.stderr
    files = http.get("/git/trees/large").json()["tree"]
    assert {file["path"]: file.get("size") for file in files}["large.bin"] == 3_000_000


def test_a_read_only_token_may_not_push(clone: Path, server: GitHubServer, http: httpx.Client) -> None:
    """The push is refused and the branch stays where it was."""
    before = http.get("/branches/dev").json()["commit"]["sha"]
    pushed = git(clone, "push", address(server, READER.value), "HEAD:refs/heads/dev")
    assert pushed.returncode != 0
    assert "403" in pushed.stderr
    assert http.get("/branches/dev").json()["commit"]["sha"] == before


def test_a_wrong_token_may_not_even_clone(server: GitHubServer, tmp_path: Path) -> None:
    """Git hears 401 and gives up."""
    done = git(tmp_path, "clone", "--quiet", address(server, "nobody-gave-this-token"), "copy")
    assert done.returncode != 0
    assert "Authentication failed" in done.stderr


def test_a_push_that_is_behind_is_rejected(clone: Path) -> None:
    """As on GitHub, an unforced push only goes forward."""
    assert git(clone, "push", "origin", "HEAD:refs/heads/dev").returncode == 0
    git(clone, "reset", "--quiet", "--hard", "HEAD~2")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "Elsewhere")
    pushed = git(clone, "push", "origin", "HEAD:refs/heads/dev")
    assert pushed.returncode != 0
    assert "rejected" in pushed.stderr
