"""`credex report`: one HTML file of what runs where, who changed what, and how well deploying goes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from models.errors import Refused
from systems.aws.published_page import publish_page
from systems.aws.session import Aws
from systems.deployment_page.facts import Facts, gather
from systems.deployment_page.page import page
from systems.environments import environment_names, in_order_of_promotion, load_environment
from tasks.access import open_repository


def report(
    env: Annotated[
        str | None, typer.Option("--env", help="One environment; all where none is named.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the page to this file.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Write each environment's page into its own releases bucket.")
    ] = False,
    days: Annotated[int, typer.Option(help="How many days the four measures look back.", min=1)] = 90,
) -> None:
    """The deployment page, one self-contained HTML file: for a browser, without any network."""
    if output is None and not publish:
        raise Refused("There is nowhere to put the page.", next_step="Give --output FILE, or --publish.")
    facts = {name: _gathered(name) for name in ([env] if env else in_order_of_promotion(environment_names()))}
    now = datetime.now(UTC)
    if output is not None:
        _write(output, page(list(facts.values()), now, days))
    if publish:
        for found in facts.values():
            _publish(found, now, days)


def _gathered(name: str) -> Facts:
    environment = load_environment(name)
    return gather(environment, lambda: open_repository(environment))


def _write(output: Path, html: str) -> None:
    try:
        output.write_text(html, encoding="utf-8")
    except OSError as error:
        raise Refused(
            f"{output} cannot be written: {error.strerror}.", next_step="Give --output another file."
        ) from None
    typer.echo(f"The deployment page is {output}.")


def _publish(found: Facts, now: datetime, days: int) -> None:
    """Each environment's page tells of itself alone: whoever may read its log may read its page."""
    if not found.records:
        typer.echo(f"Nothing was deployed to {found.environment} yet, so it has no page.")
        return
    settings = load_environment(found.environment).aws
    address = publish_page(Aws(settings.region), settings.releases_bucket, page([found], now, days))
    typer.echo(f"The deployment page of {found.environment} is {address}.")
