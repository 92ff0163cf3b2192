"""`credex rollback`: list the releases that ran well, and go back to one of them."""

from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, datetime
from typing import Annotated

import typer

from deployments.cli.log import AsJson, Env
from deployments.cli.tables import console, releases_table
from deployments.cli.trigger import Wanted, request_of, run_scenario
from deployments.earlier import EarlierRelease, earlier_releases
from models.log import Record
from models.names import Scenario
from models.rollback import choose, way_to
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment


def rollback(
    env: Env,
    to: Annotated[
        int | None, typer.Option("--to", min=1, help="The number of the release, as the list has it.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the approver and the deployment log.")] = "",
    freeze_override_reason: Annotated[
        str, typer.Option(help="While the environment is frozen: why this cannot wait.")
    ] = "",
    only_list: Annotated[bool, typer.Option("--list", help="List the releases and start nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the run to its end.")] = False,
    as_json: AsJson = False,
    timeout_minutes: Annotated[float, typer.Option(min=0.1, help="How long to wait for the end.")] = 120,
) -> None:
    """Run an earlier release again: that of --to, or the last good one before the one that runs.

    Without --to the releases are listed first and, at a terminal, the choice is asked for. Exit codes with
    --wait are those of credex trigger.
    """
    environment = load_environment(env)
    log = DeploymentLog(Aws(environment.aws.region), environment.aws.releases_bucket, environment.name)
    records = log.records()
    if only_list:
        _print(earlier_releases(environment, records), as_json=as_json)
        return
    number = to or _chosen(env, records, earlier_releases(environment, records))
    way_to(env, records, number)  # refuses here what the run would refuse, while somebody sits there
    given = {"to": str(number), "reason": reason, "freeze_override_reason": freeze_override_reason}
    request = request_of(Scenario.ROLLBACK, env, {name: value for name, value in given.items() if value})
    run_scenario(Scenario.ROLLBACK, request, Wanted(wait, as_json, timeout_minutes, str(uuid.uuid4())))


def _chosen(env: str, records: list[Record], releases: list[EarlierRelease]) -> int:
    """The default, unless a person at a terminal says another one."""
    number = choose(env, records, None)
    console(stderr=True).print(releases_table(releases, datetime.now(UTC)))
    if not sys.stdin.isatty():
        print(f"Going back to record {number}.", file=sys.stderr)
        return number
    answer: int = typer.prompt("Go back to record", default=number, type=int, err=True)
    return answer


def _print(releases: list[EarlierRelease], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([each.model_dump(mode="json") for each in releases]))
    else:
        console().print(releases_table(releases, datetime.now(UTC)))
