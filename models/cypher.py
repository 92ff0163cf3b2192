"""A file of Cypher as neo4j-migrations reads it: its statements, their checksum, and whether they only add.

The tool knows no Cypher: a statement ends at a semicolon that ends a line, wherever that stands. Its checksum
is computed here too, so that a file which was changed after it ran is refused before anything is touched.
"""

from __future__ import annotations

import re
import zlib

_END = re.compile(";(?:\r\n|[\n\r])")
_BLANKS = "".join(map(chr, range(0x21)))
"""What Java trims."""

_NO_CODE = re.compile(
    r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`]|``)*`|//[^\n\r]*|/\*.*?\*/", re.DOTALL
)
_WORD = re.compile(r"\w+")
_SCHEMA = re.compile(
    r"CREATE (?:(?:RANGE|TEXT|POINT|FULLTEXT|VECTOR|LOOKUP) )?(?:INDEX|CONSTRAINT)\b", re.IGNORECASE
)
_UNIQUE = re.compile(
    r"FOR ?\( ?(\w+) ?: ?(\w+) ?\) ?REQUIRE ?\(? ?\1 ?\. ?(\w+) ?\)? ?IS (?:UNIQUE|NODE UNIQUE)\b",
    re.IGNORECASE,
)
_BEGINS = frozenset({"CREATE", "MATCH", "MERGE", "UNWIND", "OPTIONAL", "WITH"})
_TAKES_AWAY = frozenset(
    {
        *("DELETE", "DETACH", "NODETACH", "REMOVE", "DROP", "REPLACE", "RENAME", "ALTER", "INSERT"),
        *("CALL", "FOREACH", "LOAD", "TRANSACTIONS", "USE"),
        *("GRANT", "DENY", "REVOKE", "START", "STOP", "TERMINATE"),
    }
)
"""What deletes, what may run anything, and what administers."""

_SET = re.compile(r"(?<!\bON CREATE )\bSET\b")
_CLAUSE = re.compile(r"\b(?:SET|MATCH|MERGE|CREATE|RETURN|UNWIND|OPTIONAL|ON)\b")
_TARGET = re.compile(r"(\w+) ?\. ?(\w+) ?=")
_NO_PLAIN_CONDITION = frozenset({"OR", "XOR", "NOT", "IN", "WITH", "UNION", "CASE"})


def split_statements(text: str) -> list[str]:
    """The statements, each with the comments before it, as neo4j-migrations cuts and trims them."""
    parts = (part.strip(_BLANKS) for part in _END.split(text))
    cut = (part.removesuffix(";").strip(_BLANKS) for part in parts)
    return [statement for statement in cut if statement]


def checksum(text: str) -> str:
    """The checksum that neo4j-migrations keeps of a file that ran: CRC-32 over its statements."""
    return str(zlib.crc32("".join(split_statements(text)).encode()))


def code_of(statement: str) -> str:
    """The statement on one line without comments; quoted text and names are empty strings."""
    bare = _NO_CODE.sub(lambda found: " " if found.group().startswith("/") else " '' ", statement)
    return " ".join(bare.split())


def commits_in_parts(statement: str) -> bool:
    """Whether it commits while it runs, so that what it did stays although it fails."""
    return "TRANSACTIONS" in _words(code_of(statement))


def only_adds(statement: str) -> bool:
    """Whether a statement surely adds something and changes nothing that was there.

    Any doubt is a no: a word that may take away counts wherever it stands, as a property's name too. A SET
    that is no part of ON CREATE must fill what is empty: MATCH (n) WHERE n.p IS NULL SET n.p = ...
    """
    if "\\u" in statement:
        return False  # Neo4j 5 replaces these before it reads the query: they may end a string
    code = code_of(statement)
    words = _words(code)
    if _SCHEMA.match(code):
        return "REPLACE" not in words
    if next(iter(_WORD.findall(code)), "").upper() not in _BEGINS or words & _TAKES_AWAY:
        return False
    return _SET.search(code.upper()) is None or _fills_what_is_empty(code, words)


def unique_property(statement: str) -> tuple[str, str] | None:
    """The label and the property that a constraint makes unique; None where it is not so simple."""
    found = _UNIQUE.search(code_of(statement))
    return (found.group(2), found.group(3)) if found else None


def _fills_what_is_empty(code: str, words: set[str]) -> bool:
    """Whether all that is set are properties that the statement's one plain condition found empty."""
    upper = code.upper()
    before, _, after = upper.partition(" SET ")
    conditions = upper.split(" WHERE ")
    if len(conditions) != 2 or " WHERE " not in before or words & _NO_PLAIN_CONDITION:
        return False
    condition = _CLAUSE.split(conditions[1])[0]
    empty = {part.strip() for part in condition.split(" AND ")} if "(" not in condition else set()
    targets = _TARGET.findall(after)
    return len(targets) == after.count("=") > 0 and all(
        f"{variable}.{key} IS NULL" in empty for variable, key in targets
    )


def _words(code: str) -> set[str]:
    return {word.upper() for word in _WORD.findall(code)}
