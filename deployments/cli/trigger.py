"""`credex trigger`: start a scenario over Prefect's API, for CI and for people at a terminal."""

from __future__ import annotations

import getpass
import json
import sys
import uuid
from dataclasses import dataclass
from typing import Annotated

import typer
from prefect.client.schemas.objects import FlowRun
from pydantic import ValidationError

from deployments.runs import follow, prefect, start
from models.errors import Refused
from models.names import Scenario
from models.request import Request
from models.scenarios import REQUESTS

EXIT_CODES = {"Refused": 3, "Rejected": 4, "Rolled back": 5}
"""Exit codes by the name of the final state; 0 for every completed one, 1 for any other."""


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
) -> None:
    """Start a scenario. Exit codes with --wait: 0 done, 1 failed, 3 refused, 4 rejected, 5 rolled back."""
    request = request_of(scenario, env, dict(_pair(parameter) for parameter in parameters or []))
    wanted = Wanted(wait, as_json, timeout_minutes, idempotency_key or str(uuid.uuid4()))
    run_scenario(Scenario(scenario), request, wanted)


@dataclass(frozen=True)
class Wanted:
    """What whoever starts a scenario wants to see of it; the same key gives the same run."""

    wait: bool
    as_json: bool
    timeout_minutes: float
    idempotency_key: str


def run_scenario(scenario: Scenario, request: Request, wanted: Wanted) -> None:
    """Start a scenario and say how it stands; where it is waited for, raises typer.Exit with its code."""
    with prefect() as client:
        run = start(client, scenario, request, wanted.idempotency_key)
        print(f"Flow run {run.name}: {_page(run)}", file=sys.stderr)
        if wanted.wait:
            deadline = wanted.timeout_minutes * 60
            run = follow(client, run.id, deadline, lambda line: print(line, file=sys.stderr))
    _say_how_it_stands(run, as_json=wanted.as_json)
    if wanted.wait:
        raise typer.Exit(_exit_code(run))


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


def _page(run: FlowRun) -> str:
    from prefect.utilities.urls import url_for  # noqa: PLC0415

    return url_for(run) or str(run.id)


def _say_how_it_stands(run: FlowRun, *, as_json: bool) -> None:
    state = run.state
    name = state.name if state else "unknown"
    message = (state.message if state else None) or ""
    if as_json:
        answer = {
            "flow_run_id": str(run.id),
            "name": run.name,
            "state": name,
            "message": message,
            "url": _page(run),
        }
        print(json.dumps(answer))
        return
    print(f"{name}: {message}" if message else name)


def _exit_code(run: FlowRun) -> int:
    state = run.state
    if state is not None and state.is_completed():
        return 0
    return EXIT_CODES.get(state.name or "", 1) if state else 1
