"""The releases that an environment can go back to, as people choose them: from its log, ECR and GitHub."""

from __future__ import annotations

from collections.abc import Iterator

from github.Repository import Repository
from pydantic import BaseModel

from models.environment import Environment
from models.errors import DeployError
from models.log import Record
from models.release import Release
from models.rollback import Candidate, candidates, differences
from systems.aws.registry import Registry
from systems.aws.session import Aws
from systems.github.commits import Comparison, compare
from tasks.access import open_repository

IMAGE_GONE = "its image is gone"


class EarlierRelease(BaseModel):
    """A release that ran well, what is not as it was then, and why it cannot run again, where it cannot."""

    candidate: Candidate
    since: list[str]
    obstacle: str


def earlier_releases(environment: Environment, records: list[Record]) -> list[EarlierRelease]:
    """The newest first. A GitHub that does not answer costs no more than the commits in between."""
    found = candidates(records)
    return list(_described(environment, found, found[0].release)) if found else []


def _described(environment: Environment, found: list[Candidate], now: Release) -> Iterator[EarlierRelease]:
    registry, name = Registry(Aws(environment.aws.region)), environment.aws.repository
    repository: Repository | None = None
    try:
        repository = open_repository(environment)
    except DeployError as error:
        unknown = f"commits are not known ({error.problem})"
    for each in found:
        there = registry.image_exists(name, each.release.image_digest)
        commits = _commits(repository, each.release, now) if repository else [unknown]
        yield EarlierRelease(
            candidate=each,
            since=[] if each.current else [*commits, *differences(each.release, now)],
            obstacle=each.obstacle or ("" if there else IMAGE_GONE),
        )


def _commits(repository: Repository, then: Release, now: Release) -> list[str]:
    if then.commit == now.commit:
        return []
    try:
        added = compare(repository, then.commit, now.commit)
        lost = compare(repository, now.commit, then.commit) if added.behind_by else None
    except DeployError as error:
        return [f"commits are not known ({error.problem})"]
    told = [_counted(added, "more"), _counted(lost, "taken back") if lost else ""]
    return [each for each in told if each]


def _counted(since: Comparison, what: str) -> str:
    """How many commits there are, and the newest by its subject; empty for none."""
    if not since.ahead_by:
        return ""
    plural = "" if since.ahead_by == 1 else "s"
    newest = f": {since.commits[-1].subject}" if since.commits else ""
    return f"{since.ahead_by} commit{plural} {what}{newest}"
