"""Asks for what must not be shown: at a terminal without an echo, else from the standard input."""

from __future__ import annotations

import sys

import typer
from pydantic import SecretStr


def ask_hidden(what: str) -> SecretStr:
    """The line that was typed, without the blanks around it."""
    typed = typer.prompt(what, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    return SecretStr(str(typed).strip())
