"""From what a person asks for to what can run: a reference to a commit, a commit to an image digest."""

from __future__ import annotations

from github.Repository import Repository
from prefect import get_run_logger

from models.environment import Environment
from models.errors import Refused, SetUpError, Superseded
from models.release import Release
from systems.aws.deployment_log import DeploymentLog
from systems.aws.registry import Registry
from systems.aws.session import Aws
from systems.environments import load_environment
from systems.github.commits import is_ancestor, resolve_ref
from tasks.access import open_repository
from tasks.steps import look, step


@step("Find the commit in the application's repository", "Find the commit {reference}")
def find_commit(environment: Environment, reference: str) -> str:
    """The full SHA of the commit that a branch, a tag or a commit means.

    Raises Refused when the repository does not know the reference.
    """
    commit = resolve_ref(open_repository(environment), reference)
    get_run_logger().info("%s is commit %s: %s", reference, commit.sha[:12], commit.subject)
    return commit.sha


@step("Find the commit's image in ECR", "Find the image of commit {commit:.12}")
def find_image(environment: Environment, commit: str) -> str:
    """The digest of the image that was built of the commit.

    Raises Refused, naming what is there, when there is none, and for one that cannot be deployed by its tag
    where that is how it is.
    """
    digest = deployable_image(environment, commit)
    get_run_logger().info("The image of %s is %s.", commit[:12], digest)
    return digest


def deployable_image(environment: Environment, commit: str) -> str:
    """The digest of a commit's image. Raises Refused for none, and for one that cannot be deployed."""
    registry = Registry(Aws(environment.aws.region))
    digest = registry.resolve_image(environment.aws.repository, commit)
    if environment.terraform.variables.by_tag:
        registry.require_same_by_tag(environment.aws.repository, commit, digest)
    return digest


@step("Check that the image passed on the stage before", "Check that the image passed on the stage before")
def check_promotion(environment: Environment, digest: str) -> None:
    """Refuse an image that no task ever ran well on the environment before this one, where there is one.

    Raises Refused.
    """
    if environment.promotes_from is None:
        return
    before = load_environment(environment.promotes_from)
    log = DeploymentLog(Aws(before.aws.region), before.aws.releases_bucket, before.name)
    if not any(release.image_digest == digest for release in log.proven_releases()):
        raise Refused(
            f"The image {digest[:19]}… never passed on {before.name} with a task that ran it, so it is not "
            f"deployed to {environment.name}.",
            next_step=f"Deploy it there first: credex trigger application-deployment --env {before.name}; "
            "where that has no task, give it one with the scenario scaling.",
        )


@look("Look whether what runs is newer", "Look whether what runs holds {commit:.12}")
def check_not_superseded(environment: Environment, commit: str, now: Release) -> None:
    """Raise Superseded where the release that runs contains the commit, and more.

    Of two pushes the older one's image may be the later one to be built, and its run the later one to begin.
    """
    if commit == now.commit or not _holds(open_repository(environment), commit, now.commit):
        return
    raise Superseded(
        f"{environment.name} runs commit {now.commit[:12]}, which contains {commit[:12]} and is newer.",
        next_step=f"To go back: credex rollback --env {environment.name}; or say allow_older.",
    )


def _holds(repository: Repository, commit: str, release: str) -> bool:
    """False where Git no longer knows what runs, as after a forced push."""
    try:
        return is_ancestor(repository, commit, release)
    except (Refused, SetUpError) as error:
        get_run_logger().warning("%s", error.problem)
        return False


@step("Check that the tag still names the image", "Check that the tag still names {release.image_digest:.19}")
def check_tag(environment: Environment, release: Release) -> None:
    """Raise Refused, before anything changes, where the image that was approved is not the tag's any more."""
    registry = Registry(Aws(environment.aws.region))
    registry.require_same_by_tag(environment.aws.repository, release.commit, release.image_digest)
