"""Finds the release to go back to, and makes the environment's branch say what runs."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.context import FlowRunContext

from models.change import Change
from models.check import Check
from models.environment import Environment
from models.errors import DeployError, Refused
from models.markdown import code, plain, table
from models.release import Release
from models.rollback import WayThere, choose, way_to
from systems.aws.registry import Registry
from systems.aws.session import Aws
from systems.github.commits import CommitInfo, compare
from systems.github.reverting import Reversal
from tasks.access import open_repository
from tasks.branches import say, tell_of_end
from tasks.recording import deployment_log
from tasks.steps import step

MOST_COMMITS = 20
"""How many commits are shown by name."""


@step("Choose the release to go back to")
def choose_release(environment: Environment, to: int | None) -> int:
    """The number of its record; a continued run, or one that plans anew, keeps to it.

    Raises Refused where the log has no such release.
    """
    number = choose(environment.name, deployment_log(environment).records(), to)
    get_run_logger().info("Going back to record %d of %s.", number, environment.name)
    return number


@step("Find the way to the earlier release", "Find the way to record {number}")
def find_way(environment: Environment, number: int, current: Release) -> WayThere:  # noqa: ARG001 part of the result's key
    """What the environment becomes.

    Raises Refused for a release that runs already, that ran without a task, whose databases are not those of
    today, or whose image is gone.
    """
    way = way_to(environment.name, deployment_log(environment).records(), number)
    repository, release = environment.aws.repository, way.release
    if not Registry(Aws(environment.aws.region)).image_exists(repository, release.image_digest):
        raise Refused(
            f"The image of record {number} ({release.image_digest[:19]}… of commit {release.commit[:12]}) is "
            f"gone from the ECR repository {repository}.",
            next_step=f"Choose another one (credex rollback --env {environment.name} --list), or build that "
            "commit's image again and deploy it.",
        )
    get_run_logger().info("Record %d is commit %s in %s.", number, release.commit[:12], release.tasks)
    return way


@step("Show what would be taken back")
def show_commits(environment: Environment, way: WayThere) -> str:
    """Put the commits between the two releases on the flow run's page; gives the Markdown.

    A GitHub that does not answer is no reason to stay with what is broken.
    """
    text = f"## Back to record {way.number}\n\n{_commits(environment, way)}"
    create_markdown_artifact(
        text,
        key=f"rollback-{environment.name}",
        description=f"What going back to record {way.number} takes back",
    )
    return text


def _commits(environment: Environment, way: WayThere) -> str:
    branch, then = code(environment.github.branch), way.release.commit
    try:
        repository = open_repository(environment)
        taken, brought = (
            compare(repository, *pair).commits for pair in ((then, way.leaves), (way.leaves, then))
        )
    except DeployError as error:
        return f"The commits in between are not known: {plain(str(error))}"
    parts = [
        _listed(f"Taken back, and on {branch} too once the release serves:", taken),
        _listed(f"Brought back, and on {branch} too once the release serves:", brought),
    ]
    return "\n\n".join(part for part in parts if part) or "Both releases are of the same code."


def _listed(heading: str, commits: list[CommitInfo]) -> str:
    if not commits:
        return ""
    newest = commits[::-1][:MOST_COMMITS]
    rows = [[code(it.sha[:12]), plain(it.subject), plain(it.author)] for it in newest]
    more = len(commits) - len(newest)
    return f"{heading}\n\n{table(['commit', '', 'by'], rows)}" + (f"\n\nand {more} more" if more else "")


@step("Measure how long it took until the release served")
def seconds_since_trigger(change: Change) -> float:
    """From the flow run's creation, thinking people and other runs' turns included, until now."""
    seconds = (datetime.now(UTC) - _created(change)).total_seconds()
    get_run_logger().info("The release serves, %.0f seconds after it was asked for.", seconds)
    return seconds


def _created(change: Change) -> datetime:
    """What this process knows of its run; Prefect's server may be away just now, which is no failure."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or context.flow_run.created is None:
        raise DeployError(
            f"Nothing tells when the run {change.flow_run_name} was created.", next_step="Look at its page."
        )
    return context.flow_run.created


@step("Make the branch what runs", "Make the branch what runs")
def revert_on_branch(change: Change, leaves: str) -> list[Check]:
    """One commit on the environment's branch that takes back what the service lost, or a pull request."""
    environment = change.environment
    reversal = Reversal(
        open_repository(environment),
        branch=environment.github.branch,
        leaves=leaves,
        to=change.release.commit,
        run=change.flow_run_id,
    )
    ended = reversal.carry_out(say)
    return [tell_of_end(ended, key=f"branch-{environment.name}", merge_when=" before the next one")]
