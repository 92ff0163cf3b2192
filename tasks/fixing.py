"""The steps that are a hotfix's own: its branch, what must be true of the fix, and where it is merged."""

from __future__ import annotations

from prefect import get_run_logger
from prefect.runtime import flow_run

from models.check import Check
from models.commit_checks import require_green
from models.environment import Environment
from models.errors import Refused
from models.hotfix import Fix, HotfixBranch
from models.names import CommitSha, HotfixName, ImageDigest
from systems.environments import environment_names, in_order_of_promotion, load_environment
from systems.github.branches import Branches
from systems.github.checks import read_checks
from systems.github.hotfixes import ensure_hotfix_branch
from systems.github.merging import FixMerge
from tasks.access import open_repository
from tasks.branches import say, tell_of_end
from tasks.recording import deployment_log, require_release
from tasks.steps import look, step


@step("Find the stage before")
def stage_before(environment: Environment) -> str:
    """The environment on which the fix has to pass. Raises Refused where there is none."""
    if environment.promotes_from is None:
        raise Refused(
            f"{environment.name} has no stage before it, so that a hotfix could not pass there first.",
            next_step=f"Deploy to it: credex trigger application-deployment --env {environment.name}.",
        )
    return environment.promotes_from


@step("Find the branches that are to have the fix")
def branches_to_merge(environment: Environment) -> list[str]:
    """The environment's own branch, then those of all others of the same repository, the nearest first."""
    others = [load_environment(name) for name in in_order_of_promotion(environment_names())[::-1]]
    ours = [other.github for other in others if other.github.repository == environment.github.repository]
    return list(dict.fromkeys([environment.github.branch, *(each.branch for each in ours)]))


@step("Find or make the hotfix's branch", "Find or make the branch hotfix/{name}")
def find_branch(environment: Environment, name: HotfixName) -> HotfixBranch:
    """The branch, made from the commit that the log says runs, unless it is there.

    What it holds now is what this run deploys. Raises Refused where it lacks what runs, or was left.
    """
    log = deployment_log(environment)
    running = require_release(environment, log.current_release())
    found = ensure_hotfix_branch(
        open_repository(environment),
        name=name,
        environment=environment.name,
        base=running.commit,
        usual_branch=environment.github.branch,
    )
    logger = get_run_logger()
    logger.info("%s %s, at %s.", "Made" if found.created else "Found", found.branch, found.head[:12])
    if found.unusual:
        logger.warning("%s.", found.unusual)
    found.require_on_what_runs()
    found.require_never_left(log.records())
    return found


@look("Look whether this hotfix runs already")
def runs_already(environment: Environment, branch: HotfixBranch) -> bool:
    """Whether only its branches may be left to do: an earlier run of it ended before they were."""
    return branch.is_done(deployment_log(environment).records())


@step("Check that the fix is green", "Check that {commit:.12} is green")
def check_green(environment: Environment, commit: CommitSha) -> list[str]:
    """The names of the checks that the commit passed.

    Raises Refused for one that failed, has not ended, or is missing.
    """
    checks = read_checks(open_repository(environment), commit)
    require_green(commit, checks, environment.github.required_checks)
    names = [check.name for check in checks]
    get_run_logger().info("%s is green: %s.", commit[:12], ", ".join(map(repr, names)))
    return names


@step("Check that both stages have the same image")
def check_one_image(stage: Environment, on_stage: ImageDigest, on_target: ImageDigest) -> None:
    """What passes on the stage before has to be what is deployed after. Raises Refused."""
    if on_stage != on_target:
        raise Refused(
            f"The commit's image for {stage.name} ({on_stage[:19]}…) is another one than that which is to "
            f"follow ({on_target[:19]}…).",
            next_step="Push one image to both ECR repositories: build it once, then copy it.",
        )


@look("Look whether the fix has passed on the stage before", "Look whether it has passed on {stage.name}")
def has_passed(stage: Environment, fix: Fix) -> bool:
    """Whether the stage's log says that it ran well there, be it in this run or in an earlier one."""
    return any(fix.on(release) == release for release in deployment_log(stage).proven_releases())


@step("Check that nothing was pushed to the branch meanwhile")
def check_unmoved(environment: Environment, branch: HotfixBranch) -> None:
    """Raise Refused where the branch is not any more what passed on the stage before."""
    head = Branches(open_repository(environment)).head(branch.branch)
    if head != branch.head:
        raise Refused(
            f"{branch.branch} is at {head[:12]} now, but what passed before is {branch.head[:12]}.",
            next_step="Start the hotfix again: it takes what is on the branch then.",
        )


@step("Merge the fix into a branch", "Merge the fix into {branch}")
def merge_fix(environment: Environment, fix: HotfixBranch, branch: str) -> list[Check]:
    """Have the fix in one branch, or a pull request that has to be merged; the check says which."""
    merge = FixMerge(
        open_repository(environment),
        name=fix.name,
        fix=fix.head,
        branch=branch,
        run=str(flow_run.get_id()),
    )
    return [tell_of_end(merge.carry_out(say), key=f"hotfix-{environment.name}")]
