"""The typer application that all commands of `credex` are added to."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="credex",
    help="Deploy credex-core and its two databases.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def credex() -> None:
    """Deploy credex-core and its two databases."""
