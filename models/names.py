"""Names and small values that everything else is built of, with the patterns that make bad ones unsayable.

Branches, commits and digests are data from outside: each pattern starts and ends with a safe character, so
that none can become an option of a command, a path outside, or Markdown.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
CommitSha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$", to_lower=True, strip_whitespace=True)]
ImageDigest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
KeyName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
BackupId = Annotated[
    str, StringConstraints(pattern=r"^\d{8}-\d{6}-[0-9a-f]{8}$", strip_whitespace=True, max_length=40)
]
PersonName = Annotated[
    str, StringConstraints(pattern=r"^[\w@.' -]+$", min_length=1, max_length=100, strip_whitespace=True)
]

HotfixName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40, strip_whitespace=True)
]
"""Becomes part of a branch's name, of commit messages and of commands that people are told to type."""


def folded(name: str) -> str:
    """A person's name as it is compared: capitals and spaces tell nobody from anybody else."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's."""
    return folded(one) == folded(other)


class DatabaseName(StrEnum):
    """The two databases of credex-core."""

    LEDGER = "ledger"
    SEARCH = "search"


class Slot(StrEnum):
    """One of the two places in which a whole environment can stand: databases, service, target group."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> Slot:
        """The slot beside this one."""
        return Slot.GREEN if self is Slot.BLUE else Slot.BLUE


class Scenario(StrEnum):
    """The ways in which an environment is changed or looked at; the values are the CLI's and UI's names."""

    INITIAL_DEPLOYMENT = "initial-deployment"
    APPLICATION_DEPLOYMENT = "application-deployment"
    NEO4J_CHANGE = "neo4j-change"
    ROLLBACK = "rollback"
    MIGRATION = "migration"
    SWITCH_BACK = "switch-back"
    RETIREMENT = "retirement"
    SCALING = "scaling"
    CONFIGURATION = "configuration"
    HOTFIX = "hotfix"
    VERIFICATION = "verification"
    DRIFT = "drift"
    BACKUP = "backup"
    RESTORE = "restore"
    RESTORE_DRILL = "restore-drill"
