"""An application deployment beside a plain script that takes the same Terraform and AWS steps."""

from __future__ import annotations

from benchmarks.flow_runs import seconds_of
from benchmarks.ground import ENVIRONMENT, released
from benchmarks.result import Result, measure_pairs
from benchmarks.scripts import bring_to
from models.names import Scenario
from models.request import ApplicationDeploymentRequest
from sandbox.pushing import push_commit, push_image_everywhere
from sandbox.settings import SandboxSettings
from systems.environments import load_environment


def run(settings: SandboxSettings, pairs: int) -> Result:
    """Deploy a new commit each time, in turn by the flow and by the script."""
    ours, beside = measure_pairs(pairs, lambda: _flow(settings), lambda: _script(settings))
    return Result("application-deployment", ours, beside, "a plain script")


def _push(settings: SandboxSettings) -> tuple[str, str]:
    commit = push_commit(settings, load_environment(ENVIRONMENT), "Benchmark")
    return commit, push_image_everywhere(settings, commit)


def _flow(settings: SandboxSettings) -> float:
    commit, _ = _push(settings)
    request = ApplicationDeploymentRequest(environment=ENVIRONMENT, requester="benchmark", commit=commit)
    return seconds_of(Scenario.APPLICATION_DEPLOYMENT, request)


def _script(settings: SandboxSettings) -> float:
    """From the start of the script's process to its end."""
    commit, digest = _push(settings)
    environment = load_environment(ENVIRONMENT)
    release = released().model_copy(update={"commit": commit, "image_digest": digest})
    return bring_to("plain_deployment", environment, release)
