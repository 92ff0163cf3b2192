"""Branches and tags, as lists of names."""

from __future__ import annotations

from sandbox.github.answers import Json, Pages, not_found
from sandbox.github.commits import commit_body
from sandbox.github.git import Ref
from sandbox.github.git_objects import read_commit
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.routing import CurrentRepository, Routes

routes = Routes()
_BRANCHES, _TAGS = "refs/heads/", "refs/tags/"


@routes.on("GET", "/branches", needs=("contents", "read"))
def list_branches(repository: CurrentRepository, pages: Pages) -> list[Json]:
    """All branches, by name."""
    return [_branch(repository, ref) for ref in pages.cut(repository.git.refs(_BRANCHES))]


@routes.on("GET", "/branches/{branch}", needs=("contents", "read"))
def get_branch(repository: CurrentRepository, branch: str) -> Json:
    """One branch with the commit at its head."""
    ref = repository.git.ref(_BRANCHES + branch)
    if ref is None:
        not_found()
    links = repository.links
    url = links.api_of("branches", branch)
    return {
        **_branch(repository, ref),
        "commit": commit_body(repository, read_commit(repository.git, ref.target)),
        "_links": {"self": url, "html": links.page_of("tree", branch)},
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }


@routes.on("GET", "/tags", needs=("contents", "read"))
def list_tags(repository: CurrentRepository, pages: Pages) -> list[Json]:
    """All tags, by name, each with the commit that it names in the end."""
    return [_tag(repository, ref) for ref in pages.cut(repository.git.refs(_TAGS))]


def _branch(repository: Repository, ref: Ref) -> Json:
    return {
        "name": ref.name.removeprefix(_BRANCHES),
        "commit": _commit(repository, ref.target),
        "protected": False,
    }


def _tag(repository: Repository, ref: Ref) -> Json:
    name = ref.name.removeprefix(_TAGS)
    commit = repository.git.commit_of(ref.name.removeprefix("refs/")) or ref.target
    return {
        "name": name,
        "commit": _commit(repository, commit),
        "node_id": node_id("REF", ref.name),
        "zipball_url": repository.links.api_of("zipball", ref.name),
        "tarball_url": repository.links.api_of("tarball", ref.name),
    }


def _commit(repository: Repository, sha: str) -> Json:
    return {"sha": sha, "url": repository.links.api_of("commits", sha)}
