"""`credex trigger`: start a scenario over Prefect's API, for CI and for people at a terminal."""

from __future__ import annotations

import getpass
import json
import sys
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from prefect.client.schemas.objects import Artifact, FlowRun
from pydantic import ValidationError

from deployments.run_summary import page_of, pages_of, summary_of
from deployments.runs import follow, prefect, start, start_or_again, tries_of
from deployments.story import shown
from deployments.withdrawing import WITHDRAWN, left_behind, terminated_as_interrupted, withdraw
from models.errors import DeployError, Refused, ServiceUnavailable
from models.names import Scenario
from models.request import Request
from models.scenarios import REQUESTS

EXIT_CODES = {"Refused": 3, "Rejected": 4, "Rolled back": 5}
"""Exit codes by the name of the final state; 0 for every completed one, 1 for any other."""

EXIT_INTERRUPTED = 130

GOES_ON = "The waiting was cut short; the flow run goes on by itself, to its end."
NOTHING_STARTED = "The start was interrupted; there is no flow run that waits or goes on."


def trigger(
    scenario: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(REQUESTS))}.")],
    env: Annotated[str, typer.Option("--env", help="The environment.")],
    parameters: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", help="key=value, as in the form in Prefect's UI.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the run to its end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key gives the same run; by default each call starts one.")
    ] = None,
    timeout_minutes: Annotated[float, typer.Option(help="How long to wait for the end.", min=0.1)] = 120,
    summary: Annotated[
        Path | None, typer.Option(help="With --wait: add to this file, in Markdown, what came of the run.")
    ] = None,
    try_again: Annotated[
        bool,
        typer.Option("--try-again", help="Where the key's run has ended without success, start another one."),
    ] = False,
    withdraw_if_interrupted: Annotated[
        bool,
        typer.Option(
            "--withdraw",
            help="With --wait: when interrupted, cancel the run if no worker has begun it; else it goes on.",
        ),
    ] = False,
) -> None:
    """Start a scenario. Exit codes with --wait: 0 done, 1 failed, 3 refused, 4 rejected, 5 rolled back."""
    request = request_of(scenario, env, dict(_pair(parameter) for parameter in parameters or []))
    wanted = Wanted(
        wait,
        as_json,
        timeout_minutes,
        idempotency_key or str(uuid.uuid4()),
        try_again=try_again,
        withdraw=withdraw_if_interrupted,
        summary=summary,
    )
    run_scenario(Scenario(scenario), request, wanted)


@dataclass(frozen=True)
class Wanted:
    """What whoever starts a scenario wants to see of it; the same key gives the same run.

    `try_again` has another run where the key's has failed, `withdraw` none where the waiting is interrupted
    before it began. `summary` is the file to tell in what came of it.
    """

    wait: bool
    as_json: bool
    timeout_minutes: float
    idempotency_key: str
    try_again: bool = False
    withdraw: bool = False
    summary: Path | None = None


def run_scenario(scenario: Scenario, request: Request, wanted: Wanted) -> None:
    """Start a scenario and say how it stands; where it is waited for, raises typer.Exit with its code."""
    if not wanted.wait:
        _say_how_it_stands(_started(scenario, request, wanted), as_json=wanted.as_json)
        return
    run = _waited_for(scenario, request, wanted)
    _say_how_it_stands(run, as_json=wanted.as_json)
    raise typer.Exit(_exit_code(run))


def _tell(line: str) -> None:
    print(shown(line), file=sys.stderr)


def _started(scenario: Scenario, request: Request, wanted: Wanted) -> FlowRun:
    begin = start_or_again if wanted.try_again else start
    with prefect() as client:
        run = begin(client, scenario, request, wanted.idempotency_key)
    _tell(f"Flow run {run.name}: {page_of(run)}")
    return run


def _waited_for(scenario: Scenario, request: Request, wanted: Wanted) -> FlowRun:
    """The run when it has ended; an interruption, of the start too, is told of and ends the command."""
    run: FlowRun | None = None
    try:
        with terminated_as_interrupted():
            run = _started(scenario, request, wanted)
            return _ended(run, wanted)
    except KeyboardInterrupt:
        if run or wanted.withdraw:
            _end_interrupted(run or _left_behind(scenario, wanted), wanted)
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _ended(run: FlowRun, wanted: Wanted) -> FlowRun:
    """The run when it has ended, which the summary tells, as it tells of an error that ends the waiting."""
    try:
        with prefect() as client:
            run = follow(client, run.id, wanted.timeout_minutes * 60, _tell)
    except DeployError as error:
        _tell(GOES_ON)
        _summarize(run, f"{error} {GOES_ON}", wanted.summary)
        raise
    _summarize(run, "", wanted.summary)
    return run


def _left_behind(scenario: Scenario, wanted: Wanted) -> FlowRun | None:
    """The run of an interrupted start, whose answer never came."""
    key = wanted.idempotency_key
    with prefect() as client:
        return left_behind(client, scenario, tries_of(key) if wanted.try_again else [key])


def _end_interrupted(run: FlowRun | None, wanted: Wanted) -> None:
    if run is None:
        _tell(NOTHING_STARTED)
        return
    told = WITHDRAWN if wanted.withdraw and _withdrawn(run) else GOES_ON
    _tell(told)
    _summarize(run, told, wanted.summary)


def _withdrawn(run: FlowRun) -> bool:
    with prefect() as client:
        return withdraw(client, run.id)


def _summarize(run: FlowRun, told: str, summary: Path | None) -> None:
    """Add what came of the run to the file; a server that does not answer takes only the links away."""
    if summary is None:
        return
    pages: list[Artifact] = []
    with suppress(ServiceUnavailable), prefect() as client:
        run = client.read_flow_run(run.id)
        pages = pages_of(client, run)
    with summary.open("a", encoding="utf-8") as out:
        out.write(summary_of(run, pages, told))


def request_of(scenario: str, env: str, values: dict[str, str]) -> Request:
    """The scenario's request with these values, asked for by whoever calls unless they say otherwise.

    Raises Refused for a scenario that is not offered and for values that it does not take.
    """
    kind = REQUESTS.get(Scenario(scenario)) if scenario in set(Scenario) else None
    if kind is None:
        raise Refused(
            f"There is no scenario {scenario!r}.", next_step=f"Choose one of {', '.join(sorted(REQUESTS))}."
        )
    who = {"requester": getpass.getuser()} if "requester" in kind.model_fields else {}
    try:
        return kind.model_validate({"environment": env, **who, **values})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        known = ", ".join(name for name in kind.model_fields if name != "environment")
        raise Refused(
            f"Parameter {first['loc'][0]}: {first['msg']}.",
            next_step=f"{scenario} takes {known}.",
        ) from None


def _pair(parameter: str) -> tuple[str, str]:
    key, equals, value = parameter.partition("=")
    if not (key and equals):
        raise Refused(f"{parameter!r} is not key=value.", next_step="Write, for example, -p commit=v1.4.0")
    return key, value


def _say_how_it_stands(run: FlowRun, *, as_json: bool) -> None:
    state = run.state
    name = (state.name if state else None) or "unknown"
    message = (state.message if state else None) or ""
    if as_json:
        answer = {
            "flow_run_id": str(run.id),
            "name": run.name,
            "state": name,
            "message": message,
            "url": page_of(run),
        }
        print(json.dumps(answer))
        return
    print(shown(f"{name}: {message}" if message else name))


def _exit_code(run: FlowRun) -> int:
    state = run.state
    if state is not None and state.is_completed():
        return 0
    return EXIT_CODES.get(state.name or "", 1) if state else 1
