"""Files and folders at a commit, by their path."""

from __future__ import annotations

import base64

from sandbox.github.answers import Json, found
from sandbox.github.git_objects import TreeEntry, read_blob, read_commit, read_tree
from sandbox.github.hub import Repository
from sandbox.github.routing import CurrentRepository, Routes

routes = Routes()
_KINDS = {"blob": "file", "tree": "dir", "commit": "submodule"}


@routes.on("GET", "/contents/{path}", needs=("contents", "read"))
def get_contents(repository: CurrentRepository, path: str, ref: str | None = None) -> Json | list[Json]:
    """A file with its content, or the entries of a folder (an empty path is the topmost one)."""
    git = repository.git
    commit = found(git.commit_of(ref or repository.record.default_branch))
    wanted = path.strip("/")
    everything = read_tree(git, read_commit(git, commit).tree, "-r", "-t")
    entry = next((entry for entry in everything if entry.path == wanted), None)
    if wanted and found(entry).kind == "blob":
        return _file(repository, found(entry), commit)
    return [_entry(repository, child, commit) for child in everything if _folder_of(child.path) == wanted]


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _file(repository: Repository, entry: TreeEntry, commit: str) -> Json:
    content = read_blob(repository.git, entry.sha or "")
    return {
        **_entry(repository, entry, commit),
        "encoding": "base64",
        "content": base64.encodebytes(content).decode(),
    }


def _entry(repository: Repository, entry: TreeEntry, commit: str) -> Json:
    links = repository.links
    url = links.api_of("contents", entry.path) + f"?ref={commit}"
    page = links.page_of("blob", commit, entry.path)
    object_url = links.api_of(f"git/{entry.kind}s", entry.sha or "")
    return {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "type": _KINDS[entry.kind],
        "url": url,
        "html_url": page,
        "git_url": object_url,
        "download_url": links.page_of("raw", commit, entry.path) if entry.kind == "blob" else None,
        "_links": {"self": url, "git": object_url, "html": page},
    }
