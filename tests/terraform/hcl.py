"""Reads the variable blocks of our own configuration.

Not a parser of HCL: it relies on the canonical form that `terraform fmt` gives, which a test asserts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2] / "terraform"
MODULES = sorted(path for path in (ROOT / "modules").iterdir() if path.is_dir())

_BLOCK = re.compile(
    r'^(?P<kind>variable|output) "(?P<name>[^"]+)" \{\n(?P<body>.*?)^\}$', re.MULTILINE | re.DOTALL
)
_ATTRIBUTE = re.compile(r"^  (\w+) +=", re.MULTILINE)
_NESTED = re.compile(r"^  (\w+) \{$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A variable or an output: where it stands, and the names of its arguments and of the blocks in it."""

    name: str
    body: str
    file: str
    lines: range

    @property
    def arguments(self) -> set[str]:
        """Names of the arguments that it sets."""
        return set(_ATTRIBUTE.findall(self.body))

    @property
    def blocks(self) -> set[str]:
        """Names of the blocks inside it."""
        return set(_NESTED.findall(self.body))

    @property
    def is_switch(self) -> bool:
        """Whether its type leaves nothing to validate: true or false, and never null."""
        return bool(re.search(r"^  type +=\ bool$", self.body, re.MULTILINE)) and "nullable" in self.arguments


def blocks(directory: Path, kind: str) -> list[Block]:
    """All blocks of a kind (variable, output) in a module."""
    return [
        Block(match["name"], match["body"], file.name, _lines(match))
        for file in sorted(directory.glob("*.tf"))
        for match in _BLOCK.finditer(file.read_text(encoding="utf-8"))
        if match["kind"] == kind
    ]


def _lines(match: re.Match[str]) -> range:
    first = match.string.count("\n", 0, match.start()) + 1
    return range(first, first + match[0].count("\n") + 1)
