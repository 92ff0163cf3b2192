"""GitHub Deployments: what people see beside a commit. One for each flow run, however often it is resumed."""

from __future__ import annotations

from typing import Literal, get_args

from github.Deployment import Deployment
from github.GithubException import BadAttributeException
from github.GithubObject import NotSet
from github.Repository import Repository

from systems.github.client import explained, looking_first, shortened
from systems.github.environments import ensure_environment

DeploymentState = Literal["queued", "pending", "in_progress", "success", "failure", "error", "inactive"]
STATES: tuple[DeploymentState, ...] = get_args(DeploymentState)

_FLOW_RUN = "flow_run_id"


@looking_first
def ensure_deployment(
    repository: Repository, *, commit: str, environment: str, branch: str, flow_run_id: str
) -> Deployment:
    """The GitHub Deployment of this flow run, created unless it is there.

    The environment is made before it, for the branch alone: GitHub would make it for everybody.
    GitHub neither merges anything into the commit for it nor asks for green statuses; our own guards do.
    An answer that was lost is no reason for a second one: each attempt looks first.
    """
    known = find_deployment(repository, commit=commit, environment=environment, flow_run_id=flow_run_id)
    if known is not None:
        return known
    ensure_environment(repository, environment, branch=branch)
    with explained(f"create a deployment of {commit[:12]} to {environment}"):
        return repository.create_deployment(
            ref=commit,
            environment=environment,
            payload={_FLOW_RUN: flow_run_id},
            description=f"Deployed by flow run {flow_run_id}",
            auto_merge=False,
            required_contexts=[],
        )


def find_deployment(
    repository: Repository, *, commit: str, environment: str, flow_run_id: str
) -> Deployment | None:
    """The GitHub Deployment that this flow run created; None if it did not."""
    with explained(f"list the deployments of {commit[:12]} to {environment}"):
        deployments = repository.get_deployments(sha=commit, environment=environment)
        return next((found for found in deployments if _flow_run_of(found) == flow_run_id), None)


@looking_first
def set_status(
    deployment: Deployment,
    state: DeploymentState,
    *,
    description: str = "",
    log_url: str | None = None,
    environment_url: str | None = None,
) -> None:
    """Say how the deployment fares, unless that was the last thing said; `log_url` leads to the flow run.

    A description beyond GitHub's 140 characters is cut.
    """
    with explained(f"set the status of deployment {deployment.id} to {state}"):
        newest = next(iter(deployment.get_statuses()), None)
        if newest is not None and newest.state == state and (newest.target_url or "") == (log_url or ""):
            return
        deployment.create_status(
            state,
            target_url=log_url or NotSet,
            description=shortened(description),
            environment_url=environment_url or NotSet,
        )


def current_state(deployment: Deployment) -> DeploymentState | None:
    """What the newest status says; None before the first."""
    with explained(f"read the statuses of deployment {deployment.id}"):
        newest = next(iter(deployment.get_statuses()), None)
        return next((state for state in STATES if newest is not None and newest.state == state), None)


def _flow_run_of(deployment: Deployment) -> str | None:
    """Deployments of others may carry any payload, a text among them, which PyGithub does not take."""
    try:
        payload = deployment.payload
    except BadAttributeException:
        return None
    return (payload or {}).get(_FLOW_RUN)
