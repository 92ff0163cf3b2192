"""`credex trigger`: start a scenario over Prefect's API, for CI and for people at a terminal."""

from __future__ import annotations

import getpass
import json
import sys
import uuid
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
    request = _request(scenario, env, parameters or [])
    with prefect() as client:
        run = start(client, Scenario(scenario), request, idempotency_key or str(uuid.uuid4()))
        print(f"Flow run {run.name}: {_page(run)}", file=sys.stderr)
        if wait:
            run = follow(client, run.id, timeout_minutes * 60, lambda line: print(line, file=sys.stderr))
    _say_how_it_stands(run, as_json=as_json)
    if wait:
        raise typer.Exit(_exit_code(run))


def _request(scenario: str, env: str, parameters: list[str]) -> Request:
    kind = REQUESTS.get(Scenario(scenario)) if scenario in set(Scenario) else None
    if kind is None:
        raise Refused(
            f"There is no scenario {scenario!r}.", next_step=f"Choose one of {', '.join(sorted(REQUESTS))}."
        )
    values = dict(_pair(parameter) for parameter in parameters)
    if "requester" in kind.model_fields:
        values.setdefault("requester", getpass.getuser())
    try:
        return kind.model_validate({"environment": env, **values})
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
