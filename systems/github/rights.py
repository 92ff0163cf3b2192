"""What our token may do, found out without changing anything.

GitHub tells no token its permissions. It checks them before it looks at what a request asks for, so a request
that cannot succeed tells them apart: 403 for a token that may not, 404 or 422 for one that may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from github import Github, GithubException
from github.Repository import Repository

from models.check import Check, Verdict
from models.errors import DeployError
from systems.github.checks import read_checks
from systems.github.client import explained, open_repository
from systems.github.environments import require_guarded

_NO_COMMIT = "0" * 40
_NO_BRANCH = "credex-deploy-asks-whether-it-may"
_NO_SECRET = "CREDEX_DEPLOY_ASKS_WHETHER_IT_MAY"  # noqa: S105 - the name of a secret that nobody has


def check_rights(github: Github, full_name: str, environment: str) -> list[Check]:
    """One check for each right that deployments need; where the repository is out of reach, only that."""
    try:
        repository = open_repository(github, full_name)
    except DeployError as error:
        return [_failed(f"See the repository {full_name}", error)]
    return [
        _passed(f"See the repository {full_name}", "it is there"),
        *_asked(repository, environment),
    ]


def _asked(repository: Repository, environment: str) -> Iterator[Check]:
    yield _ask("Read commits", lambda: _read_commits(repository))
    yield _ask("Read checks", lambda: _read_checks(repository))
    name = f"Read the environment {environment}"
    seen = _ask(name, lambda: _read_environment(repository, environment))
    yield seen
    if seen.verdict is Verdict.PASSED:
        yield _ask("Guard environment secrets", lambda: require_guarded(repository, environment))
        yield _ask("Write environment secrets", lambda: _write_secrets(repository, environment))
    else:
        yield Check(
            name="Write environment secrets",
            verdict=Verdict.INCONCLUSIVE,
            detail="cannot be told before the environment is there and can be read",
            next_step=seen.next_step,
        )
    yield _ask("Create deployments", lambda: _create_deployments(repository))
    yield _ask("Set commit statuses", lambda: _set_statuses(repository))
    yield _ask("Move branches", lambda: _move_branches(repository))
    yield _ask("Open pull requests", lambda: _open_pull_requests(repository))


def _ask(name: str, question: Callable[[], str]) -> Check:
    try:
        return _passed(name, question())
    except DeployError as error:
        return _failed(name, error)


def _read_commits(repository: Repository) -> str:
    with explained("read commits"):
        return f"the default branch is at {repository.get_commit('HEAD').sha[:12]}"


def _read_checks(repository: Repository) -> str:
    with explained("read commits"):
        head = repository.get_commit("HEAD").sha
    return f"{head[:12]} has {len(read_checks(repository, head))}"


def _read_environment(repository: Repository, environment: str) -> str:
    with explained(f"read the environment {environment}"):
        repository.get_environment(environment)
    return "it is there"


def _write_secrets(repository: Repository, environment: str) -> str:
    """Deleting a secret that nobody has is answered 404 by those that may delete."""
    url = f"{repository.url}/environments/{quote(environment, safe='')}/secrets"
    with explained("read the environment's public key"):
        repository.requester.requestJsonAndCheck("GET", f"{url}/public-key")
    with explained("write environment secrets"), _expected_refusal(404):
        repository.requester.requestJsonAndCheck("DELETE", f"{url}/{_NO_SECRET}")
    return "the public key can be read and secrets written"


def _create_deployments(repository: Repository) -> str:
    """A deployment of a commit that cannot be is answered 422 by those that may create one."""
    impossible = {"ref": _NO_COMMIT, "auto_merge": False, "required_contexts": []}
    with explained("create deployments"), _expected_refusal(422):
        repository.requester.requestJsonAndCheck("POST", f"{repository.url}/deployments", input=impossible)
    return "deployments can be created"


def _set_statuses(repository: Repository) -> str:
    """A status of a commit that cannot be is answered 422 by those that may set one."""
    url = f"{repository.url}/statuses/{_NO_COMMIT}"
    with explained("set commit statuses"), _expected_refusal(422):
        repository.requester.requestJsonAndCheck("POST", url, input={"state": "success"})
    return "statuses can be set, which tell of deployments beside a commit"


def _move_branches(repository: Repository) -> str:
    """A branch at a commit that cannot be is answered 422 by those that may make one."""
    impossible = {"ref": f"refs/heads/{_NO_BRANCH}", "sha": _NO_COMMIT}
    with explained("move branches"), _expected_refusal(422):
        repository.requester.requestJsonAndCheck("POST", f"{repository.url}/git/refs", input=impossible)
    return "branches can be moved, as a rollback does"


def _open_pull_requests(repository: Repository) -> str:
    """A pull request of a branch that is not there is answered 422 by those that may open one."""
    impossible = {"title": "Nothing", "head": _NO_BRANCH, "base": repository.default_branch}
    with explained("open pull requests"), _expected_refusal(422):
        repository.requester.requestJsonAndCheck("POST", f"{repository.url}/pulls", input=impossible)
    return "pull requests can be opened, where a branch cannot be moved"


@contextmanager
def _expected_refusal(status: int) -> Iterator[None]:
    try:
        yield
    except GithubException as error:
        if error.status != status:
            raise


def _passed(name: str, detail: str) -> Check:
    return Check(name=name, verdict=Verdict.PASSED, detail=detail)


def _failed(name: str, error: DeployError) -> Check:
    return Check(name=name, verdict=Verdict.FAILED, detail=error.problem, next_step=error.next_step)
