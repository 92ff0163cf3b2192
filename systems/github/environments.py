"""GitHub Environments, and which jobs may use one: a job that may can print its secrets.

What is in an Environment has files of its own.
"""

from __future__ import annotations

from github import GithubException
from github.Environment import Environment
from github.EnvironmentDeploymentBranchPolicy import EnvironmentDeploymentBranchPolicyParams
from github.Repository import Repository

from models.errors import SetUpError
from systems.github.client import explained

_BY_NAME = EnvironmentDeploymentBranchPolicyParams(custom_branch_policies=True)


def ensure_environment(repository: Repository, name: str, *, branch: str) -> Environment:
    """The environment, made for jobs of this branch alone if it is new.

    One that is there is only read: GitHub's PUT would replace its rules. One that takes no branch, holds no
    secret and has no other rule is what a run left that was killed halfway, and gets the branch.
    Raises SetUpError without the right to do so.
    """
    found = _find(repository, name)
    if found is None:
        with explained(f"create the environment {name}"):
            found = repository.create_environment(name, deployment_branch_policy=_BY_NAME)
    if _is_half_made(found):
        with explained(f"let jobs of the branch {branch} use the environment {name}"):
            admitted = {"name": branch, "type": "branch"}
            found.requester.requestJsonAndCheck("POST", _policies_of(found), input=admitted)
    return found


def _find(repository: Repository, name: str) -> Environment | None:
    with explained(f"read the environment {name}"):
        try:
            return repository.get_environment(name)
        except GithubException as error:
            if error.status == 404:
                return None
            raise


def _is_half_made(environment: Environment) -> bool:
    policy = environment.deployment_branch_policy
    if not policy or not policy.custom_branch_policies:
        return False
    if any(rule.type != "branch_policy" for rule in environment.protection_rules):
        return False
    with explained(f"read which branches may use the environment {environment.name}"):
        _, listed = environment.requester.requestJsonAndCheck("GET", _policies_of(environment))
    if listed["total_count"]:
        return False
    with explained(f"list the secrets of the environment {environment.name}"):
        return environment.get_secrets().totalCount == 0


def _policies_of(environment: Environment) -> str:
    return f"{environment.url}/deployment-branch-policies"


def require_guarded(repository: Repository, name: str) -> str:
    """Who guards the environment's secrets, in words.

    Raises SetUpError where jobs of every branch may use it and nobody is asked.
    """
    with explained(f"read the environment {name}"):
        environment = repository.get_environment(name)
    if any(rule.type == "required_reviewers" for rule in environment.protection_rules):
        return "its reviewers are asked"
    if environment.deployment_branch_policy:
        return "not every branch may use it"
    raise SetUpError(
        f"Jobs of every branch may use the environment {name} and nobody is asked: whoever may push can print"
        " its secrets.",
        next_step="In its settings on GitHub, under Deployment branches and tags, let it take jobs of the "
        "branch that the environment's file names, or require reviewers.",
    )
