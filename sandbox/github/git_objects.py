"""Commits, trees and blobs of a bare repository: reading, writing, merging, comparing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.github.git import NO_OBJECT, GitRepository

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_COMMIT_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
_COMMIT_FIELDS = 10
_STATUSES = {"A": "added", "D": "removed", "M": "modified", "T": "changed"}


@dataclass(frozen=True)
class Signature:
    """Who wrote a commit, and when."""

    name: str
    email: str
    date: datetime


@dataclass(frozen=True)
class Commit:
    """A commit as git keeps it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True)
class FileChange:
    """What happened to one file between two commits; counts of lines are 0 for binary files."""

    path: str
    status: str
    blob: str | None
    additions: int
    deletions: int


@dataclass(frozen=True)
class TreeEntry:
    """One entry of a tree; no `sha` means that the path is to go."""

    path: str
    mode: str
    kind: str
    sha: str | None
    size: int | None = None


@dataclass(frozen=True)
class Conflict:
    """A merge that a person has to make, and the files that stand in its way."""

    paths: tuple[str, ...]


def read_commit(git: GitRepository, sha: str) -> Commit:
    """The commit of this full hash."""
    return history(git, sha, "--max-count=1")[0]


def history(git: GitRepository, *arguments: str) -> list[Commit]:
    """The commits of `git log` for these (checked) arguments, newest first."""
    output = git.text("log", "-z", f"--format={_COMMIT_FORMAT}", *arguments)
    fields = output.split("\0") if output else []
    return [
        _commit(fields[start : start + _COMMIT_FIELDS])
        for start in range(0, len(fields) - _COMMIT_FIELDS + 1, _COMMIT_FIELDS)
    ]


def _commit(fields: list[str]) -> Commit:
    sha, tree, parents, name, email, date, committer, committer_email, committed, message = fields
    return Commit(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=Signature(name, email, datetime.fromisoformat(date)),
        committer=Signature(committer, committer_email, datetime.fromisoformat(committed)),
        message=message.rstrip("\n"),
    )


def write_commit(
    git: GitRepository, *, tree: str, parents: Iterable[str], message: str, author: Signature
) -> str:
    """Keep a new commit and give its hash; no ref names it yet."""
    date = f"{int(author.date.timestamp())} +0000"
    done = git.run(
        "commit-tree",
        tree,
        *(part for parent in parents for part in ("-p", parent)),
        stdin=message.encode(),
        environment={
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": author.name,
            "GIT_COMMITTER_EMAIL": author.email,
            "GIT_COMMITTER_DATE": date,
        },
    )
    return done.stdout.decode().strip()


def write_blob(git: GitRepository, content: bytes) -> str:
    """Keep a file's content and give its hash."""
    return git.run("hash-object", "-w", "--stdin", stdin=content).stdout.decode().strip()


def read_blob(git: GitRepository, sha: str) -> bytes:
    """A file's content."""
    return git.run("cat-file", "blob", sha).stdout


def write_tree(git: GitRepository, base: str | None, entries: Iterable[TreeEntry]) -> str:
    """Keep the tree `base` (None: an empty one) with these entries put over it, and give its hash."""
    lines = "".join(_index_line(entry) for entry in entries)
    with tempfile.TemporaryDirectory(prefix="credex-github-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run("read-tree", base or EMPTY_TREE, environment=index)
        git.run("update-index", "-z", "--index-info", stdin=lines.encode(), environment=index)
        return git.run("write-tree", environment=index).stdout.decode().strip()


def _index_line(entry: TreeEntry) -> str:
    mode = entry.mode if entry.sha else "0"
    return f"{mode} {entry.sha or NO_OBJECT}\t{entry.path}\0"


def read_tree(git: GitRepository, tree: str, *options: str) -> list[TreeEntry]:
    """The entries of a tree; with `-r -t` those of its folders too."""
    listed = git.run("ls-tree", "-z", "--long", *options, tree).stdout.decode(errors="replace")
    return [_tree_entry(line) for line in listed.split("\0") if line]


def _tree_entry(line: str) -> TreeEntry:
    facts, path = line.split("\t", 1)
    mode, kind, sha, size = facts.split()
    return TreeEntry(path, mode, kind, sha, int(size) if size != "-" else None)


def merged_tree(git: GitRepository, ours: str, theirs: str) -> str | Conflict:
    """The tree of two commits merged, or what stands in the way."""
    done = git.run(
        "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs, accept=(0, 1)
    )
    tree, *paths = done.stdout.decode(errors="replace").rstrip("\0").split("\0")
    return tree if done.returncode == 0 else Conflict(tuple(paths))


def ahead_and_behind(git: GitRepository, base: str, head: str) -> tuple[int, int]:
    """How many commits `head` has that `base` has not, and the other way round."""
    behind, ahead = git.text("rev-list", "--left-right", "--count", f"{base}...{head}").split()
    return int(ahead), int(behind)


def changed_files(git: GitRepository, old: str, new: str) -> list[FileChange]:
    """The files that differ between two commits or trees, by path; a rename is a removal and an addition."""
    options = ("diff-tree", "-r", "-z", "--no-renames", "--no-commit-id")
    raw = git.text(*options, "--raw", "--abbrev=40", old, new).split("\0")
    counts = dict(_line_counts(git.text(*options, "--numstat", old, new)))
    return [
        _file_change(facts, path, counts) for facts, path in zip(raw[0::2], raw[1::2], strict=False) if facts
    ]


def _line_counts(output: str) -> Iterable[tuple[str, tuple[int, int]]]:
    for line in filter(None, output.split("\0")):
        added, deleted, path = line.split("\t", 2)
        yield path, (0, 0) if added == "-" else (int(added), int(deleted))


def _file_change(facts: str, path: str, counts: dict[str, tuple[int, int]]) -> FileChange:
    _, _, _, blob, letter = facts.split(" ")
    added, deleted = counts.get(path, (0, 0))
    return FileChange(path, _STATUSES[letter[0]], None if blob == NO_OBJECT else blob, added, deleted)


def utc(date: datetime) -> str:
    """A time as GitHub writes it: in UTC, to the second."""
    return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
