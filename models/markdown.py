"""Text from outside in Markdown: it can show itself and nothing else, neither a link nor HTML nor a table."""

from __future__ import annotations

import re

_IN_CODE = re.compile(r"""[^A-Za-z0-9 ._\-\[\]"':/@=+,()#~*{}$;]""")
_SPECIAL = re.compile(r"([\\`*_\[\]<>!|~&$^])")
_WORD_JOINER = "\u2060"


def code(text: str) -> str:
    """A code span. Bytes that could end it, or a table's cell, or deceive the eye, are percent-encoded."""
    shown = _IN_CODE.sub(_percent, text).strip() or " "
    return f"`{shown}`"


def plain(text: str) -> str:
    """Ordinary text inside a line that has begun, with every character that means something there escaped.

    Addresses of the web are broken by a word joiner, because some renderers link them wherever they stand.
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    broken = re.sub(r"(?i)(:(?=//)|www(?=\.)|@)", rf"\1{_WORD_JOINER}", line)
    return _SPECIAL.sub(r"\\\1", broken)


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found.group().encode("utf-8", "surrogatepass"))
