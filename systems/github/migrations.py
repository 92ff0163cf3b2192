"""The databases' migrations as they are in the application's repository at one commit."""

from __future__ import annotations

import base64

from github.GitTree import GitTree
from github.GitTreeElement import GitTreeElement
from github.Repository import Repository

from models.migration import IGNORED, MigrationSet, require_database, require_few
from models.migration_file import FOLDER, refused, require_plain_file
from models.names import CommitSha, DatabaseName
from systems.github.client import explained

_FOLDER, _FILES = "040000", frozenset({"100644", "100755"})
"""Git's modes; the others are links and submodules, which would lead out of the folder."""


def read_migrations(repository: Repository, commit: CommitSha) -> dict[DatabaseName, MigrationSet]:
    """The migrations of every database; a database without a folder has none.

    Raises Refused for what neo4j-migrations would ignore or misread, links and unknown folders among it.
    """
    with explained(f"read the migrations of {commit[:12]}"):
        folders = {require_database(entry.path): entry for entry in _databases(repository, commit)}
        contents = {
            database: _contents(repository, database, folders[database]) if database in folders else {}
            for database in DatabaseName
        }
    return {database: MigrationSet.read(database, files) for database, files in contents.items()}


def _databases(repository: Repository, commit: CommitSha) -> list[GitTreeElement]:
    """What lies in migrations/, one entry for each database."""
    root = _entries(repository.get_git_tree(commit))
    entry = next((entry for entry in root if entry.path == FOLDER), None)
    if entry is None:
        return []
    return [found for found in _inside(repository, FOLDER, entry) if found.path not in IGNORED]


def _contents(repository: Repository, database: DatabaseName, folder: GitTreeElement) -> dict[str, bytes]:
    path = f"{FOLDER}/{database}"
    entries = [entry for entry in _inside(repository, path, folder) if entry.path not in IGNORED]
    require_few(database, entries)
    for entry in entries:
        require_plain_file(f"{path}/{entry.path}", plain=entry.mode in _FILES, size=entry.size or 0)
    return {entry.path: _content(repository, entry.sha) for entry in entries}


def _inside(repository: Repository, path: str, folder: GitTreeElement) -> list[GitTreeElement]:
    if folder.mode != _FOLDER:
        raise refused(path, "is no folder", "make it one, or take it away")
    return _entries(repository.get_git_tree(folder.sha))


def _entries(tree: GitTree) -> list[GitTreeElement]:
    """One level of a tree, which GitHub gives whole: only recursive listings are cut off."""
    return list(tree.tree)


def _content(repository: Repository, sha: str) -> bytes:
    blob = repository.get_git_blob(sha)
    return base64.b64decode(blob.content) if blob.encoding == "base64" else blob.content.encode()
