"""The repositories of the stand-in and the state of each, kept in folders below the stand-in's own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sandbox.github.git import GitRepository
from sandbox.github.links import Links
from sandbox.github.store import Clock, Record, Table
from sandbox.github.tokens import Token

R = TypeVar("R", bound=Record)


class RepositoryRecord(Record):
    """What is kept of a repository beside its git objects and the records of each concern."""

    default_branch: str


class Repository:
    """One repository: git, addresses, and a table for each kind of record.

    Requests of the API hold `one_request`, so that "is there one? then make none" is not done by two at once.
    """

    def __init__(self, folder: Path, links: Links, clock: Clock) -> None:
        self.folder = folder
        self.links = links
        self.clock = clock
        self.git = GitRepository(folder / "git")
        self.one_request = threading.RLock()
        self._tables: dict[type[Record], Table[Any]] = {}
        self._lock = threading.Lock()

    @property
    def owner(self) -> str:
        """The account that the repository belongs to."""
        return self.links.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """The repository's name without its owner."""
        return self.links.full_name.partition("/")[2]

    @property
    def record(self) -> RepositoryRecord:
        """Number, times and default branch."""
        return self.table(RepositoryRecord).all()[0]

    def table(self, kind: type[R]) -> Table[R]:
        """The records of one kind."""
        with self._lock:
            if kind not in self._tables:
                path = self.folder / f"{kind.__name__}.json"
                self._tables[kind] = Table(path, kind, self.clock)
            return self._tables[kind]


class Hub:
    """All repositories, the tokens that open them, and the time."""

    def __init__(self, root: Path, site: str, tokens: Sequence[Token], clock: Clock) -> None:
        self.root = root / "repositories"
        self.site = site
        self.tokens = tuple(tokens)
        self.clock = clock
        self._lock = threading.Lock()
        self._repositories: dict[str, Repository] = {}

    def repository(self, full_name: str) -> Repository | None:
        """The repository called owner/name; None for none, and for a name that is none."""
        with self._lock:
            if full_name not in self._repositories and full_name in self.full_names():
                folder = self.root / full_name
                self._repositories[full_name] = Repository(folder, Links(self.site, full_name), self.clock)
            return self._repositories.get(full_name)

    def full_names(self) -> list[str]:
        """The names of all repositories, as owner/name."""
        return sorted(f"{git.parent.parent.name}/{git.parent.name}" for git in self.root.glob("*/*/git"))

    def create(self, full_name: str, default_branch: str) -> Repository:
        """A new, empty repository."""
        GitRepository.create(self.root / full_name / "git", default_branch)
        repository = self.repository(full_name)
        if repository is None:
            raise ValueError(f"{full_name!r} is not of the form owner/name")
        repository.table(RepositoryRecord).add(
            lambda number, now: RepositoryRecord(
                id=number, created_at=now, updated_at=now, default_branch=default_branch
            )
        )
        return repository


def now() -> datetime:
    """The present time, to the second, as GitHub keeps it."""
    return datetime.now(UTC).replace(microsecond=0)
