"""From what a person writes (branch, tag, hash) to a commit, and how commits stand to each other."""

from __future__ import annotations

import difflib
import re
from datetime import datetime
from typing import Literal

from github import GithubException
from github.Commit import Commit
from github.Repository import Repository
from pydantic import BaseModel, ConfigDict

from models.errors import Refused
from models.names import CommitSha
from systems.github.client import explained

_FULL_HASH = re.compile(r"[0-9a-f]{40}")
_SHORT_HASH = re.compile(r"[0-9a-f]{7,39}")
_UNSAFE = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/.]|[/.]$")
_NAMES_SHOWN = 5


class CommitInfo(BaseModel):
    """A commit as people recognise it."""

    model_config = ConfigDict(frozen=True)

    sha: CommitSha
    subject: str
    author: str
    committed_at: datetime


class Comparison(BaseModel):
    """What `head` has that `base` has not: `ahead_by` commits, the newest of them listed last."""

    model_config = ConfigDict(frozen=True)

    status: Literal["identical", "ahead", "behind", "diverged"]
    ahead_by: int
    behind_by: int
    commits: list[CommitInfo]


def resolve_ref(repository: Repository, ref: str) -> CommitInfo:
    """The commit that a branch, a tag or a (short) hash names.

    Raises Refused for a name that no ref can have, for an unknown one (near names are listed) and for one
    that means two different commits.
    """
    if not ref or _UNSAFE.search(ref):
        raise Refused(
            f"{ref!r} cannot be the name of a branch, tag or commit.",
            next_step="Give a branch, a tag, or at least seven digits of a commit's hash.",
        )
    meanings = _meanings(repository, ref)
    if not meanings:
        raise Refused(f"{repository.full_name} has no commit {ref!r}.", next_step=_near(repository, ref))
    _require_one(ref, meanings)
    return next(iter(meanings.values()))


def commit_info(repository: Repository, sha: str) -> CommitInfo:
    """Subject, author and date of a commit that is known by its full hash.

    Raises Refused when the repository has no such commit.
    """
    found = _lookup(repository, sha)
    if found is None:
        raise Refused(f"{repository.full_name} has no commit {sha}.", next_step="Push it, then try again.")
    return found


def compare(repository: Repository, base: str, head: str) -> Comparison:
    """How the commit `head` stands to the commit `base`."""
    with explained(f"compare {base[:12]} with {head[:12]}"):
        comparison = repository.compare(base, head)
        return Comparison(
            status=comparison.status,
            ahead_by=comparison.ahead_by,
            behind_by=comparison.behind_by,
            commits=[_info(commit) for commit in comparison.commits],
        )


def is_ancestor(repository: Repository, ancestor: str, descendant: str) -> bool:
    """Whether the history of `descendant` holds `ancestor`; a commit is its own ancestor."""
    return compare(repository, ancestor, descendant).status in {"ahead", "identical"}


def _meanings(repository: Repository, ref: str) -> dict[str, CommitInfo]:
    """What the name stands for: at most a branch, a tag and a commit of this hash."""
    full = _FULL_HASH.fullmatch(ref)
    asked = {"commit": ref} if full else {"branch": f"heads/{ref}", "tag": f"tags/{ref}"}
    found = {kind: _lookup(repository, name) for kind, name in asked.items()}
    if _SHORT_HASH.fullmatch(ref) and not any(found.values()):
        found["commit"] = _lookup(repository, ref)
    return {kind: commit for kind, commit in found.items() if commit is not None}


def _require_one(ref: str, meanings: dict[str, CommitInfo]) -> None:
    """GitHub prefers a branch to a hash of the same digits, and does not say that there was a choice."""
    named = meanings.keys() & {"branch", "tag"}
    if len({commit.sha for commit in meanings.values()}) == 1 and not (named and _SHORT_HASH.fullmatch(ref)):
        return
    listed = ", ".join(f"the {kind} at {commit.sha[:12]}" for kind, commit in meanings.items())
    raise Refused(
        f"{ref!r} may mean several commits, among them {listed}.", next_step="Give the commit's full hash."
    )


def _lookup(repository: Repository, name: str) -> CommitInfo | None:
    """GitHub answers 422 or 404 for what it does not know."""
    with explained(f"read the commit {name}"):
        try:
            return _info(repository.get_commit(name))
        except GithubException as error:
            if error.status in {404, 422}:
                return None
            raise


def _info(commit: Commit) -> CommitInfo:
    return CommitInfo(
        sha=commit.sha,
        subject="".join(char for char in commit.commit.message.partition("\n")[0] if char.isprintable()),
        author=commit.commit.author.name or "",
        committed_at=commit.commit.committer.date,
    )


def _near(repository: Repository, ref: str) -> str:
    with explained("list the branches and tags"):
        branches = [branch.name for branch in repository.get_branches()]
        tags = [tag.name for tag in repository.get_tags()]
    near = difflib.get_close_matches(ref, branches + tags, n=_NAMES_SHOWN, cutoff=0.5)
    known = near or branches[:_NAMES_SHOWN]
    return f"Did you mean {', '.join(known)}?" if known else "Push it, then try again."
