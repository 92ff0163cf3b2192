"""One migration: its file in the application's repository, read so that nothing in it is ignored or misread.

It is called migrations/DATABASE/V001__what_it_does.cypher and run by neo4j-migrations, which passes over what
is named otherwise without a word, and cuts statements without knowing Cypher. Such files are refused here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models import cypher
from models.errors import Refused
from models.names import DatabaseName

FOLDER = "migrations"
LARGEST_BYTES = 1_000_000
_LONGEST_NAME = 120
_NAME = re.compile(r"V(\d{1,18}(?:_\d{1,18}){0,4})__([A-Za-z0-9]\w*)\.cypher", re.ASCII)
_CONDITION = re.compile(r"^\s*//\s*(assume|assert)\b", re.IGNORECASE | re.MULTILINE)
_SWITCH = re.compile(r":use +\w", re.IGNORECASE)
_NOT_CLOSED = re.compile(r"[\"`]|(?<!')'(?!')|/\*|\*/")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

Version = Annotated[str, StringConstraints(pattern=r"^\d{1,18}(\.\d{1,18}){0,4}$")]


class MigrationFile(BaseModel):
    """One migration. `version` is 1.2 for V1_2__name.cypher; `path` is that in the repository."""

    model_config = ConfigDict(frozen=True)

    version: Version
    description: str
    path: str
    content: str = Field(repr=False)

    @classmethod
    def read(cls, database: DatabaseName, name: str, content: bytes) -> Self:
        """Read one file. Raises Refused for what neo4j-migrations would ignore, misread or run elsewhere."""
        path = f"{FOLDER}/{database}/{name}"
        named = _NAME.fullmatch(name)
        if named is None or len(name) > _LONGEST_NAME:
            raise refused(
                path,
                "is not named like a migration: neo4j-migrations would ignore it, or misread it",
                "name it like V001__what_it_does.cypher, or take it out of the folder",
            )
        require_plain_file(path, plain=True, size=len(content))
        text = _decoded(path, content)
        for reason, way_out in _misread(text):
            raise refused(path, reason, way_out)
        version, description = named.group(1).replace("_", "."), named.group(2).replace("_", " ")
        return cls(version=version, description=description, path=path, content=text)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rpartition("/")[2]

    @property
    def order(self) -> tuple[int, ...]:
        """What the version is sorted by: 2 comes before 10."""
        return tuple(int(part) for part in self.version.split("."))

    @property
    def statements(self) -> list[str]:
        """What it runs."""
        return cypher.split_statements(self.content)

    @property
    def checksum(self) -> str:
        """What neo4j-migrations keeps of it once it ran."""
        return cypher.checksum(self.content)

    @property
    def only_adds(self) -> bool:
        """Whether it surely changes nothing that was there before."""
        return all(map(cypher.only_adds, self.statements))

    @property
    def stays_when_it_fails(self) -> bool:
        """Whether what it did may remain where it fails, because it commits on its way."""
        return any(map(cypher.commits_in_parts, self.statements))


def require_plain_file(path: str, *, plain: bool, size: int) -> None:
    """Raise Refused for what is no plain file (a link, a submodule, a folder) and for one that is too big."""
    if not plain:
        raise refused(path, "is a link, a submodule or a folder", "put a plain file in its place")
    if size > LARGEST_BYTES:
        raise refused(
            path,
            f"is larger than {LARGEST_BYTES // 1000} kB",
            "change data by Cypher instead of listing it, or split the file",
        )


def refused(path: str, reason: str, way_out: str) -> Refused:
    """The refusal of a file, whose path is data: it is quoted."""
    return Refused(f"{shown(path)} {reason}.", next_step=f"{way_out[0].upper()}{way_out[1:]}.")


def shown(text: str) -> str:
    """A name from outside inside a sentence: quoted, in plain letters on one line, and not too long."""
    quoted = ascii(text)
    return quoted if len(quoted) <= _LONGEST_NAME else f"{quoted[:_LONGEST_NAME]}...'"


def _decoded(path: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(path, f"is not UTF-8 text (at byte {error.start})", "store it as UTF-8") from None
    if unseen := next((char for char in text if _is_unseen(char)), None):
        raise refused(
            path,
            f"holds a character that nobody sees (U+{ord(unseen):04X})",
            "take it out; inside a text it can be written as a backslash, u and four digits",
        )
    return text


def _is_unseen(char: str) -> bool:
    return char not in "\t\n\r" and unicodedata.category(char) in _UNSEEN


def _misread(text: str) -> Iterator[tuple[str, str]]:
    """Why neo4j-migrations would not run it as it is meant, each with the way out."""
    codes = [cypher.code_of(statement) for statement in cypher.split_statements(text)]
    if not any(codes):
        yield "holds no statement", "write one, or take the file away"
    if not text.rstrip().endswith(";"):
        yield (
            "does not end with a semicolon, as if a part were missing",
            "end its last statement with one, and let nothing follow it",
        )
    if any(_NOT_CLOSED.search(code) for code in codes):
        yield (
            "has a text, name or comment that does not end before its statement does",
            "close it, and end no line inside it with a semicolon",
        )
    if not all(codes):
        yield "has a part of comments alone", "put comments in front of a statement"
    if any(";" in code for code in codes):
        yield "goes on after a semicolon on the same line", "begin a line after each semicolon"
    if _CONDITION.search(text):
        yield (
            "depends on a condition in its comments (assume or assert)",
            "take the condition out: where it does not hold, the migration is left out or stops all others",
        )
    if _SWITCH.search(text):
        yield "switches to another database (:use)", "leave that out: each database has a folder of its own"
