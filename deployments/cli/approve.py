"""`credex approve` and `credex reject`: the same as the form of a waiting flow run in Prefect's UI."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, Any, NoReturn

import typer
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from rich.console import Console
from rich.markdown import Markdown

from deployments.answering import answer, asks_for_code, find_waiting, page_of, wait_for_verdict
from deployments.runs import prefect
from models.errors import Refused
from tasks.questions import Became

Run = Annotated[str, typer.Argument(help="The waiting flow run's name, or its id.")]

EXIT_CODES = {Became.APPROVED: 0, Became.ASKED_AGAIN: 3, Became.REJECTED: 4}


def approve(
    run: Run,
    name: Annotated[
        str,
        typer.Option("--as", help="Your name, as an approver of the environment that the question is about."),
    ],
    comment: Annotated[str, typer.Option("--comment", help="Why; kept in the deployment log.")] = "",
) -> None:
    """Agree to a waiting run's plan, which is shown. The one-time code is typed unseen, or piped in.

    Exit codes: 0 approved, 3 not taken and asked again, 4 rejected because of this answer.
    """
    with prefect() as client:
        waiting = find_waiting(client, run)
        fields = {"decision": "approve", "approver": name, "comment": comment}
        Console(stderr=True).print(Markdown(page_of(client, waiting)))
        if asks_for_code(client, waiting):
            fields["code"] = _ask_for_code(name)
        _give(client, waiting, fields)


def reject(
    run: Run,
    reason: Annotated[str, typer.Option("--reason", help="Why; the requester reads it.")],
    name: Annotated[str, typer.Option("--as", help="Your name; by default your user's.")] = "",
) -> None:
    """Say no to a waiting run: it ends and changes nothing. Anybody may. Exit code 4, as that of the run."""
    with prefect() as client:
        waiting = find_waiting(client, run)
        fields = {"decision": "reject", "approver": name or getpass.getuser(), "comment": reason}
        _give(client, waiting, fields)


def _give(client: SyncPrefectClient, waiting: FlowRun, fields: dict[str, Any]) -> NoReturn:
    """Give the answer, say what became of it, and exit."""
    answer(client, waiting, fields)
    mark = wait_for_verdict(client, waiting)
    typer.echo(mark.told or f"{waiting.name} is approved and goes on.")
    raise typer.Exit(EXIT_CODES[mark.became])


def _ask_for_code(name: str) -> str:
    if sys.stdin.isatty():
        code = typer.prompt(f"One-time code of {name}", hide_input=True)
    else:
        code = sys.stdin.readline()
    stripped = str(code).strip()
    if not stripped:
        raise Refused("There was no code.", next_step="Type the six digits of your app; the run waits on.")
    return stripped
