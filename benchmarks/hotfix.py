"""A hotfix beside a plain script that takes the same Terraform, AWS and GitHub steps on both environments."""

from __future__ import annotations

import time
import uuid

from github.Repository import Repository

from benchmarks.flow_runs import seconds_of
from benchmarks.ground import ENVIRONMENT, build, released
from benchmarks.result import Result, measure_pairs
from benchmarks.scripts import bring_to
from models.hotfix import branch_of
from models.names import Scenario
from models.request import HotfixRequest
from sandbox.pushing import push_commit, push_image_everywhere, report_check
from sandbox.settings import SandboxSettings
from sandbox.settings_files import Document, changed
from sandbox.tokens import DEPLOYER, read_or_make_token
from systems.environments import environment_names, load_environment
from systems.github.client import connect, open_repository

TARGET = "staging"
"""It asks nobody: what people take for their answer is not the flow's."""


def run(settings: SandboxSettings, pairs: int) -> Result:
    """A new fix each time, by the stage before, in turn by the flow and by the script."""
    with changed(settings, TARGET, _after_development):
        build(TARGET)
        ours, beside = measure_pairs(pairs, lambda: _flow(settings), lambda: _script(settings))
    return Result("hotfix", ours, beside, "a plain script")


def _after_development(document: Document) -> None:
    """Development is the stage before, as staging is production's."""
    document["promotes_from"] = ENVIRONMENT


def _fix(settings: SandboxSettings, repository: Repository) -> tuple[str, str, str]:
    """A green fix with an image, on a branch made of what runs: its name, commit and digest."""
    name, environment = f"bench-{uuid.uuid4().hex[:12]}", load_environment(TARGET)
    repository.create_git_ref(f"refs/heads/{branch_of(name)}", released(TARGET).commit)
    commit = push_commit(settings, environment, "Fix", branch_of(name))
    report_check(settings, environment, commit)
    return name, commit, push_image_everywhere(settings, commit)


def _flow(settings: SandboxSettings) -> float:
    name, _, _ = _fix(settings, _repository(settings))
    request = HotfixRequest(environment=TARGET, requester="benchmark", name=name, reason="Benchmark")
    return seconds_of(Scenario.HOTFIX, request)


def _script(settings: SandboxSettings) -> float:
    """Deploy to one environment after the other, then merge."""
    repository = _repository(settings)
    name, commit, digest = _fix(settings, repository)
    took = 0.0
    for environment in (ENVIRONMENT, TARGET):
        release = released(environment).model_copy(update={"commit": commit, "image_digest": digest})
        took += bring_to("plain_deployment", load_environment(environment), release)
    began = time.monotonic()
    for branch in {load_environment(each).github.branch for each in environment_names()}:
        repository.merge(branch, commit, f"Merge hotfix {name}")
    return took + time.monotonic() - began


def _repository(settings: SandboxSettings) -> Repository:
    github = load_environment(TARGET).github
    token = read_or_make_token(settings.home, DEPLOYER)
    return open_repository(connect(github.api_url, token), github.repository)
