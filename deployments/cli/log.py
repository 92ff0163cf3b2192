"""`credex log` and `credex status`: what the deployment log and the checks say of an environment."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from deployments.cli.tables import checks_table, console, log_table
from models.check import Check, Verdict, Verification
from models.errors import DeployError
from models.log import Record
from models.release import Release
from systems.aws.deployment_log import DeploymentLog
from systems.aws.session import Aws
from systems.environments import load_environment

Env = Annotated[str, typer.Option("--env", help="The environment.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _open(env: str) -> DeploymentLog:
    environment = load_environment(env)
    return DeploymentLog(Aws(environment.aws.region), environment.aws.releases_bucket, environment.name)


def log(
    env: Env,
    as_json: AsJson = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check the chain of hashes too.")] = False,
) -> None:
    """The deployment log: who changed what, when, and what it came to."""
    opened = _open(env)
    records = opened.records()
    if as_json:
        print(json.dumps([record.model_dump(mode="json") for record in records]))
    else:
        console().print(log_table(records))
    if verify:
        findings = opened.verify()
        for finding in findings:
            typer.echo(f"Record {finding.number}: {finding.problem}", err=True)
        typer.echo(f"{len(records)} records, {len(findings)} findings.", err=True)
        raise typer.Exit(1 if findings else 0)


def status(env: Env, as_json: AsJson = False) -> None:
    """What an environment is: its release, how that was last verified, and how its scheduled checks stand."""
    opened = _open(env)
    release = opened.current_release()
    records = opened.records()
    verified = [record for record in records if record.entry.verification]
    last = verified[-1] if verified else None
    checks = _scheduled_checks(env)
    if as_json:
        answer = _answer(env, release, last, opened.unfinished())
        scheduled = [check.model_dump(mode="json", include=_TOLD_OF_CHECKS) for check in checks]
        print(json.dumps({**answer, "scheduled": scheduled}))
        return
    _say(env, release, last, opened.unfinished())
    typer.echo("\nStarted by the clock:\n")
    console().print(checks_table(Verification(checks=checks)))


_TOLD_OF_CHECKS = {"name", "verdict", "detail", "next_step"}


def _scheduled_checks(env: str) -> list[Check]:
    """How each stands; where Prefect does not answer, that alone, as the log can be read all the same."""
    from deployments.runs import prefect  # noqa: PLC0415 Prefect takes seconds
    from tasks.heartbeats import heartbeats  # noqa: PLC0415 Prefect takes seconds

    try:
        with prefect() as client:
            return heartbeats(client, env)
    except DeployError as error:
        told = error.problem.rstrip(".")
        return [Check(name="Prefect", verdict=Verdict.INCONCLUSIVE, detail=told, next_step=error.next_step)]


def _answer(
    env: str, release: Release | None, last: Record | None, unfinished: list[Record]
) -> dict[str, object]:
    verification = last.entry.verification if last else None
    return {
        "environment": env,
        "release": release.model_dump(mode="json") if release else None,
        "verification": verification.model_dump(mode="json") if verification else None,
        "verdict": verification.verdict if verification else None,
        "verified_at": last.written_at.isoformat() if last else None,
        "unfinished": [record.entry.flow_run_name for record in unfinished],
    }


def _say(env: str, release: Release | None, last: Record | None, unfinished: list[Record]) -> None:
    if release is None:
        typer.echo(f"Nothing was deployed to {env} yet.")
    else:
        typer.echo(f"{env} runs commit {release.commit} in {release.tasks},\nimage {release.image_digest}.")
    for record in unfinished:
        typer.echo(f"Flow run {record.entry.flow_run_name} began a change; its end is not recorded yet.")
    verification = last.entry.verification if last else None
    if last and verification:
        typer.echo(f"Last verified {last.written_at:%Y-%m-%d %H:%M} UTC: {verification.verdict}.\n")
        console().print(checks_table(verification))
