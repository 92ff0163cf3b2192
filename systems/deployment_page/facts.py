"""What the page shows of one environment, gathered from S3 and, for the commits, from GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from github.Repository import Repository

from models.backup import Backup
from models.drift import DriftLook
from models.environment import Environment
from models.errors import DeployError, Refused
from models.history import LogFinding
from models.log import Record
from models.names import CommitSha, DatabaseName
from systems.aws.backups import BackupStore
from systems.aws.bootstrap import owns_bucket
from systems.aws.deployment_log import DeploymentLog
from systems.aws.drift_looks import read_look
from systems.aws.session import Aws
from systems.github.commits import CommitInfo, resolve_ref

MOST_COMMITS = 100
"""How many commits GitHub is asked about: each is a request."""


@dataclass(frozen=True)
class Facts:
    """Everything about one environment that the page shows; records are oldest first.

    `commits_unknown` says why GitHub told nothing of the commits; empty where it did.
    """

    environment: str
    records: list[Record]
    findings: list[LogFinding] = field(default_factory=list)
    backups: list[Backup] = field(default_factory=list)
    drift: DriftLook | None = None
    commits: dict[CommitSha, CommitInfo] = field(default_factory=dict)
    commits_unknown: str = ""


def gather(environment: Environment, open_repository: Callable[[], Repository]) -> Facts:
    """Read one environment's log and backups, and what its commits are; nothing for one that was never built.

    GitHub is only asked for what makes the page richer: where it does not answer, the page says so.
    Raises what the log's and the backups' readers raise.
    """
    aws = Aws(environment.aws.region)
    if not owns_bucket(aws, environment.aws.releases_bucket):
        return Facts(environment.name, [])
    log = DeploymentLog(aws, environment.aws.releases_bucket, environment.name)
    records = log.records()
    commits, why_not = _commits(open_repository, records)
    return Facts(
        environment.name,
        records,
        log.verify(),
        _backups(aws, environment),
        read_look(aws, environment.aws.releases_bucket, environment.name),
        commits,
        commits_unknown=why_not,
    )


def _backups(aws: Aws, environment: Environment) -> list[Backup]:
    if not owns_bucket(aws, environment.aws.backups_bucket):
        return []
    store = BackupStore(aws, environment.aws.backups_bucket)
    found = [backup for database in DatabaseName for backup in store.all(database)]
    return sorted(found, key=lambda backup: backup.made_at, reverse=True)


def _commits(
    open_repository: Callable[[], Repository], records: list[Record]
) -> tuple[dict[CommitSha, CommitInfo], str]:
    newest = (record.entry.release.commit for record in reversed(records) if record.entry.release)
    wanted = list(dict.fromkeys(newest))[:MOST_COMMITS]
    try:
        return _asked(open_repository(), wanted) if wanted else {}, ""
    except DeployError as error:
        return {}, error.problem


def _asked(repository: Repository, wanted: Iterable[CommitSha]) -> dict[CommitSha, CommitInfo]:
    """A commit that GitHub does not know any more is left out."""
    known: dict[CommitSha, CommitInfo] = {}
    for commit in wanted:
        try:
            known[commit] = resolve_ref(repository, commit)
        except Refused:
            continue
    return known
