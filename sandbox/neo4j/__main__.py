"""`python -m sandbox.neo4j fetch VERSION...` and `fetch-migrations`: fill the cache before it is needed."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from models.errors import DeployError
from sandbox.neo4j import migrations
from sandbox.neo4j.distribution import distribution
from sandbox.neo4j.resolving import jars_folder

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def neo4j() -> None:
    """Neo4j servers of the sandbox."""


@app.command()
def fetch(
    versions: Annotated[list[str], typer.Argument(help="Neo4j versions, such as 5.26.30 2026.08.1.")],
) -> None:
    """Resolve the jars of these versions into the cache."""
    for version in versions:
        started = time.monotonic()
        known = jars_folder(version).is_dir()
        if not known:
            typer.echo(f"Neo4j {version}: resolving its jars, which takes up to two minutes the first time")
        try:
            found = distribution(version)
        except DeployError as error:
            typer.echo(str(error), err=True)
            sys.exit(1)
        seconds = "" if known else f" after {time.monotonic() - started:.0f} s"
        typer.echo(
            f"Neo4j {version}: {sum(1 for _ in found.jars.glob('*.jar'))} jars in {found.jars}{seconds}"
        )


@app.command()
def fetch_migrations() -> None:
    """Resolve the jars of neo4j-migrations into the cache."""
    try:
        jars = migrations.fetch()
    except DeployError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    typer.echo(f"neo4j-migrations {migrations.VERSION}: {sum(1 for _ in jars.glob('*.jar'))} jars in {jars}")


if __name__ == "__main__":
    app(prog_name="python -m sandbox.neo4j")
