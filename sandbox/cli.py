"""`credex sandbox`: start, look at and stop the local cloud, and play developer on it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from models.errors import SetUpError
from sandbox.application.settings import Behaviour
from sandbox.codes import approving, codes_of
from sandbox.environments import enter_sandbox, read_environments
from sandbox.inventory import list_served
from sandbox.lifecycle import down as stop_sandbox
from sandbox.lifecycle import reset as reset_sandbox
from sandbox.lifecycle import up as start_sandbox
from sandbox.pushing import head_of_branch, push_commit, push_image_everywhere, report_check
from sandbox.record import PartRecord, State, read_record
from sandbox.secrets import compare_secrets
from sandbox.settings import SandboxSettings
from sandbox.status import SandboxStatus, read_status, with_served
from sandbox.tour import tour as describe_tour
from systems.environments import load_environment

app = typer.Typer(
    help="A local cloud to try and test on: AWS, GitHub, Neo4j, the application and Prefect.",
    no_args_is_help=True,
)


@app.command()
def up() -> None:
    """Start the sandbox in the background; says so when it runs already."""
    settings = SandboxSettings()
    record = read_record(settings.home)
    if record is not None and record.alive() and record.state is State.READY:
        typer.echo("The sandbox is already running.")
        _show(read_status(settings.home))
        return
    typer.echo(f"Starting the sandbox in {settings.home}")
    start_sandbox(settings, _tell)
    typer.echo(f"Point your shell at it:  . {settings.home / 'env'}")


def _tell(part: PartRecord) -> None:
    typer.echo(f"  {part.name:<16}{part.address:<28} ready after {part.seconds:.1f} s")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show each part with its address, process and health; exit code 0 only when all is well."""
    found = read_status(SandboxSettings().home)
    if found.well:
        running_settings()
        found = with_served(found)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        typer.echo(f"The sandbox in {found.home} is {found.state}.")
        _show(found)
    raise typer.Exit(0 if found.well else 1)


@app.command()
def tour() -> None:
    """Say where to look on the running sandbox and what to try next."""
    settings = running_settings()
    typer.echo(
        describe_tour(
            settings,
            list_served(),
            home=_from_here(settings.home),
            activate=_from_here(Path(sys.prefix) / "bin" / "activate"),
        )
    )


def _from_here(path: Path) -> Path:
    """The path as a person in this folder would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _show(found: SandboxStatus) -> None:
    for part in found.parts:
        health = "well" if part.healthy else "NOT WELL"
        restarts = f", restarted {part.restarts} times" if part.restarts else ""
        typer.echo(f"  {part.name:<16}{part.address:<28} process {part.pid or '-':<8} {health}{restarts}")
    for served in found.served:
        answers = "answers" if served.answers else "DOES NOT ANSWER"
        typer.echo(f"  {served.environment:<16}{served.address:<28} {served.name:<16} {answers}")


@app.command()
def down() -> None:
    """Stop the sandbox. The local AWS forgets; Prefect keeps its runs and GitHub its commits."""
    typer.echo("The sandbox is stopped." if stop_sandbox(SandboxSettings()) else "No sandbox was running.")


@app.command()
def reset() -> None:
    """Stop the sandbox and remove its state."""
    settings = SandboxSettings()
    reset_sandbox(settings)
    typer.echo(f"{settings.home} is gone.")


@app.command()
def push(
    env: Annotated[str, typer.Option(help="Environment whose branch gets the commit.")],
    behaviour: Annotated[
        Behaviour, typer.Option(help="How the application in the image behaves.")
    ] = Behaviour.OK,
    message: Annotated[str, typer.Option(help="The commit's message.")] = "Change the application",
    commit: Annotated[
        str, typer.Option(help="Push an image of this commit instead of making one; `head` is the branch's.")
    ] = "",
    branch: Annotated[str, typer.Option(help="Another branch for the commit, such as hotfix/NAME.")] = "",
) -> None:
    """Push a commit and its image, its tests green, as a developer and the CI would; prints both."""
    settings = running_settings()
    environment = load_environment(env, settings.environments)
    if commit == "head":
        commit = head_of_branch(settings, environment)
    sha = commit or push_commit(settings, environment, message, branch or None)
    digest = push_image_everywhere(settings, sha, behaviour.value)
    report_check(settings, environment, sha)
    typer.echo(f"commit {sha}\nimage  {digest}")


@app.command()
def secrets(
    env: Annotated[str, typer.Option(help="Environment whose secrets to compare.")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the values in clear.")] = False,
) -> None:
    """Show whether GitHub's secrets, decrypted, equal SSM's; exit code 0 only when all do."""
    settings = running_settings()
    compared = compare_secrets(settings, load_environment(env, settings.environments))
    for secret in compared:
        ssm = "missing in SSM" if secret.in_ssm is None else "in SSM"
        github = "not in GitHub" if secret.in_github is None else "in GitHub"
        verdict = "right" if secret.right else "WRONG"
        values = f"  {secret.in_ssm!r}  {secret.in_github!r}" if reveal else ""
        typer.echo(f"  {secret.key:<32}{ssm:<16}{github:<15}{verdict}{values}")
    raise typer.Exit(0 if all(secret.right for secret in compared) else 1)


@app.command()
def code(
    name: Annotated[str, typer.Argument(help="An approver, for example 'Tendai Ncube'.")],
    env: Annotated[
        str, typer.Option(help="The environment; by default the first where this person may approve.")
    ] = "",
) -> None:
    """Print the one-time code that an approver's authenticator app shows now."""
    settings = running_settings()
    environments = read_environments(settings)
    environment = load_environment(env, settings.environments) if env else approving(environments, name)
    typer.echo(next(iter(codes_of(environment, name, datetime.now(UTC)).values())))


def running_settings() -> SandboxSettings:
    """The settings of the sandbox that runs, with this process pointed at it.

    Raises SetUpError when none runs.
    """
    record = read_record(SandboxSettings().home)
    if record is None or not record.alive():
        raise SetUpError("No sandbox is running.", next_step="Start it: credex sandbox up.")
    enter_sandbox(record.settings)
    return record.settings
