"""The migrations of one database at one commit, and which of them it has yet to run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from models.errors import Refused
from models.migration_file import FOLDER, MigrationFile, refused, shown
from models.names import DatabaseName

IGNORED = frozenset({".gitkeep", "README.md"})
"""What may lie beside migrations without being one."""

MOST_FILES = 1000


class AppliedMigration(BaseModel):
    """One link of the chain that neo4j-migrations keeps in the database; `seconds` is how long it ran."""

    model_config = ConfigDict(frozen=True)

    version: str
    description: str = ""
    checksum: str | None = None
    source: str = ""
    seconds: float = Field(default=0, ge=0)


class MigrationSet(BaseModel):
    """All migrations of one database at one commit, in the order in which they run."""

    model_config = ConfigDict(frozen=True)

    database: DatabaseName
    files: list[MigrationFile] = []

    @classmethod
    def read(cls, database: DatabaseName, contents: Mapping[str, bytes]) -> Self:
        """Read a folder's files by their names; raises Refused for the first that is no good migration."""
        require_few(database, contents)
        names = [name for name in contents if name not in IGNORED]
        found = [MigrationFile.read(database, name, contents[name]) for name in names]
        files = sorted(found, key=lambda file: file.order)
        for one, other in pairwise(files):
            if _same_place(one, other):
                raise refused(
                    other.path, f"has the version of {one.name}", "give each migration a version of its own"
                )
        return cls(database=database, files=files)

    @property
    def newest(self) -> str | None:
        """The version of the last one; None where there is none."""
        return self.files[-1].version if self.files else None

    def pending(self, applied: Sequence[AppliedMigration]) -> list[MigrationFile]:
        """What the database has yet to run; nothing where it has run all.

        Raises Refused where what it ran is not the beginning of these files: one of them is missing or was
        changed, or a new one comes before one that ran.
        """
        known = {file.version: file for file in self.files}
        for link in applied:
            self._require_unchanged(link, known.get(link.version))
        versions = {link.version for link in applied}
        ran = [file for file in self.files if file.version in versions]
        left = [file for file in self.files if file.version not in versions]
        if ran and left and left[0].order < ran[-1].order:
            raise refused(
                left[0].path,
                f"comes before {ran[-1].name}, which {self.database} has run already",
                "give it a version after that one",
            )
        return left

    def _require_unchanged(self, link: AppliedMigration, file: MigrationFile | None) -> None:
        if file is None:
            raise Refused(
                f"{self.database} has run the migration {shown(link.version)}, which the commit lacks.",
                next_step=f"Take a commit that has it in {FOLDER}/{self.database}; to go back to before it, "
                "restore a backup.",
            )
        if link.checksum is not None and link.checksum != file.checksum:
            raise refused(
                file.path,
                f"was changed after {self.database} ran it",
                "put its text back as it was, and write what is new into a migration after it",
            )


class Pending(BaseModel):
    """What one database has yet to run of the migrations at a commit."""

    model_config = ConfigDict(frozen=True)

    migrations: MigrationSet
    applied: list[AppliedMigration] = []

    @property
    def database(self) -> DatabaseName:
        """Which database's."""
        return self.migrations.database

    @property
    def files(self) -> list[MigrationFile]:
        """Those files, in the order in which they run."""
        return self.migrations.pending(self.applied)

    @property
    def only_adds(self) -> bool:
        """Whether all of them surely change nothing that is there."""
        return all(file.only_adds for file in self.files)


def require_database(folder: str) -> DatabaseName:
    """The database that a folder below migrations/ is for; raises Refused where it is nobody's."""
    try:
        return DatabaseName(folder)
    except ValueError:
        raise refused(
            f"{FOLDER}/{folder}",
            "is the folder of no database",
            f"call it {' or '.join(DatabaseName)}, or take it out of {FOLDER}",
        ) from None


def require_few(database: DatabaseName, files: Collection[object]) -> None:
    """Raise Refused for more files than anybody can have meant."""
    if len(files) > MOST_FILES:
        raise refused(
            f"{FOLDER}/{database}",
            f"holds {len(files)} files, more than {MOST_FILES}",
            "join old migrations into fewer, or see what else lies there",
        )


def _same_place(one: MigrationFile, other: MigrationFile) -> bool:
    """Whether neo4j-migrations cannot tell which of two neighbours comes first: 1 and 1.0.3, to it."""
    shorter, longer = sorted([one.order, other.order], key=len)
    common = longer[: len(shorter)] == shorter
    return common and (len(shorter) == len(longer) or longer[len(shorter)] == 0)
