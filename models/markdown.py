"""Text from outside in Markdown: it can show itself and nothing else, neither a link nor HTML nor a table."""

from __future__ import annotations

import re

_IN_CODE = re.compile(r"""[^A-Za-z0-9 ._\-\[\]"':/@=+,()#~*{}$;]""")
_SPECIAL = re.compile(r"([\\`*_\[\]<>!|~&$^])")
_WORD_JOINER = "\u2060"
_ADDRESS = re.compile(r"(?i)(:(?=//)|www(?=\.)|@|mailto:)")
_ALIKE = str.maketrans({"<": "(", ">": ")", "[": "(", "]": ")", "`": "'", "*": "·", "|": "/", "\\": "/"})


def code(text: str) -> str:
    """A code span. Bytes that could end it, or a table's cell, or deceive the eye, are percent-encoded."""
    shown = _IN_CODE.sub(_percent, text).strip() or " "
    return f"`{shown}`"


def plain(text: str) -> str:
    """Ordinary text inside a line that has begun, with every character that means something there escaped.

    Addresses of the web are broken by a word joiner, because some renderers link them wherever they stand.
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    broken = _ADDRESS.sub(rf"\1{_WORD_JOINER}", line)
    return _SPECIAL.sub(r"\\\1", broken)


def harmless(text: str, at_most: int = 400) -> str:
    """Plain text for chats and e-mail, whatever markup each reads: one line of at most so many letters.

    Nothing can be a link, a mention, a picture or HTML there: what begins one is replaced by a harmless
    character, or broken by a word joiner. Backslashes, as in `plain`, would show in most of them.
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split()).translate(_ALIKE)
    short = line if len(line) <= at_most else f"{line[: at_most - 1]}…"
    return _ADDRESS.sub(rf"\1{_WORD_JOINER}", short)


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def count_row(name: str, before: int, after: int) -> list[str]:
    """The cells that compare two numbers of one thing; fewer than before stands out."""
    difference = after - before
    told = f"**{difference}**" if difference < 0 else f"+{difference}" if difference else "0"
    return [code(name), str(before), str(after), told]


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found.group().encode("utf-8", "surrogatepass"))
