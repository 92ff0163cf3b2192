"""Git's objects through the API: commits, trees and blobs, made without a working copy."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from sandbox.github.answers import GitHubError, Json, found, not_found
from sandbox.github.commits import UNSIGNED, signature_body
from sandbox.github.git_objects import (
    Commit,
    Signature,
    TreeEntry,
    read_blob,
    read_commit,
    read_tree,
    write_blob,
    write_commit,
    write_tree,
)
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.merges import signature_of
from sandbox.github.routing import CurrentRepository, CurrentToken, Routes

routes = Routes()


class Author(BaseModel):
    """Who is to be named as a commit's author."""

    name: str
    email: str
    date: datetime | None = None


class NewCommit(BaseModel):
    """A commit to write; no branch names it yet."""

    message: str
    tree: str
    parents: list[str] = []
    author: Author | None = None


class NewTreeEntry(BaseModel):
    """A file of a new tree: a blob by its hash, or content; a `sha` of null takes the file away.

    Folders come of themselves with the files in them; putting a whole tree at a path is not served.
    """

    path: str
    mode: Literal["100644", "100755", "120000"] = "100644"
    type: Literal["blob"] = "blob"
    sha: str | None = None
    content: str | None = None


class NewTree(BaseModel):
    """A tree to write: `base_tree` with entries put over it."""

    tree: list[NewTreeEntry]
    base_tree: str | None = None


class NewBlob(BaseModel):
    """A file's content to keep."""

    content: str
    encoding: Literal["utf-8", "base64"] = "utf-8"


def _commit(repository: Repository, commit: Commit) -> Json:
    links = repository.links
    return {
        "sha": commit.sha,
        "node_id": node_id("C", commit.sha),
        "url": links.api_of("git/commits", commit.sha),
        "html_url": links.page_of("commit", commit.sha),
        "author": signature_body(commit.author),
        "committer": signature_body(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": links.api_of("git/trees", commit.tree)},
        "parents": [
            {
                "sha": parent,
                "url": links.api_of("git/commits", parent),
                "html_url": links.page_of("commit", parent),
            }
            for parent in commit.parents
        ],
        "verification": UNSIGNED,
    }


@routes.on("GET", "/git/commits/{commit_sha}", needs=("contents", "read"))
def get_git_commit(repository: CurrentRepository, commit_sha: str) -> Json:
    """One commit as git keeps it."""
    if not repository.git.has_object(commit_sha, "commit"):
        not_found()
    return _commit(repository, read_commit(repository.git, commit_sha))


@routes.on("POST", "/git/commits", needs=("contents", "write"), status=201)
def create_git_commit(repository: CurrentRepository, token: CurrentToken, new: NewCommit) -> Json:
    """A new commit of a tree and parents that are there already."""
    git = repository.git
    if not git.has_object(new.tree, "tree"):
        raise GitHubError(422, "Tree SHA does not exist")
    if not all(git.has_object(parent, "commit") for parent in new.parents):
        raise GitHubError(422, "Parent SHA does not exist or is not a commit object")
    author = signature_of(repository, token)
    if new.author is not None:
        author = Signature(new.author.name, new.author.email, new.author.date or author.date)
    sha = write_commit(git, tree=new.tree, parents=new.parents, message=new.message, author=author)
    return _commit(repository, read_commit(git, sha))


def _tree(repository: Repository, sha: str, entries: list[TreeEntry]) -> Json:
    links = repository.links
    return {
        "sha": sha,
        "url": links.api_of("git/trees", sha),
        "truncated": False,
        "tree": [
            {
                "path": entry.path,
                "mode": entry.mode,
                "type": entry.kind,
                "sha": entry.sha,
                "url": links.api_of(f"git/{entry.kind}s", entry.sha or ""),
                **({"size": entry.size} if entry.size is not None else {}),
            }
            for entry in entries
        ],
    }


@routes.on("GET", "/git/trees/{tree_sha}", needs=("contents", "read"))
def get_tree(repository: CurrentRepository, tree_sha: str, recursive: str | None = None) -> Json:
    """A tree by its own hash or by a commit's, with all folders below where `recursive` is given."""
    git = repository.git
    commit = git.commit_of(tree_sha)
    tree = read_commit(git, commit).tree if commit else tree_sha
    if not git.has_object(tree, "tree"):
        not_found()
    options = ("-r", "-t") if recursive is not None else ()
    return _tree(repository, tree, read_tree(git, tree, *options))


@routes.on("POST", "/git/trees", needs=("contents", "write"), status=201)
def create_tree(repository: CurrentRepository, new: NewTree) -> Json:
    """A new tree."""
    git = repository.git
    if new.base_tree is not None and not git.has_object(new.base_tree, "tree"):
        raise GitHubError(422, "base_tree is not a valid tree oid")
    sha = write_tree(git, new.base_tree, [_new_entry(repository, entry) for entry in new.tree])
    return _tree(repository, sha, read_tree(git, sha))


def _new_entry(repository: Repository, entry: NewTreeEntry) -> TreeEntry:
    parts = entry.path.split("/")
    if "\0" in entry.path or any(part in {"", ".", "..", ".git"} for part in parts):
        raise GitHubError(422, f"tree.path contains a malformed path component: {entry.path!r}")
    if entry.content is not None:
        blob = write_blob(repository.git, entry.content.encode())
        return TreeEntry(entry.path, entry.mode, "blob", blob)
    if entry.sha is not None and not repository.git.has_object(entry.sha, entry.type):
        raise GitHubError(422, f"tree.sha {entry.sha} is not a valid {entry.type}")
    return TreeEntry(entry.path, entry.mode, entry.type, entry.sha)


@routes.on("GET", "/git/blobs/{file_sha}", needs=("contents", "read"))
def get_blob(repository: CurrentRepository, file_sha: str) -> Json:
    """A file's content in base64."""
    content = found(
        read_blob(repository.git, file_sha) if repository.git.has_object(file_sha, "blob") else None
    )
    return {
        "sha": file_sha,
        "node_id": node_id("B", file_sha),
        "url": repository.links.api_of("git/blobs", file_sha),
        "size": len(content),
        "encoding": "base64",
        "content": base64.encodebytes(content).decode(),
    }


@routes.on("POST", "/git/blobs", needs=("contents", "write"), status=201)
def create_blob(repository: CurrentRepository, new: NewBlob) -> Json:
    """Keep a file's content."""
    try:
        content = base64.b64decode(new.content) if new.encoding == "base64" else new.content.encode()
    except binascii.Error:
        raise GitHubError(422, "content is not valid Base64") from None
    sha = write_blob(repository.git, content)
    return {"sha": sha, "url": repository.links.api_of("git/blobs", sha)}
