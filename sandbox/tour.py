"""What to look at on a running sandbox and what to try next: the end of `make demo`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from sandbox.inventory import Served
from sandbox.settings import SandboxSettings
from sandbox.tokens import DEPLOYER

_HEALTH = "/health"
_REPOSITORY = "credex/credex-core"


def tour(settings: SandboxSettings, served: list[Served], *, home: Path, activate: Path) -> str:
    """The tour as text; `home` and `activate` are the paths to show, relative where they can be.

    `served` is in the order of environments, as the inventory gives it.
    """
    places = [
        ("Prefect", f"{settings.prefect_url}  the flow runs, step by step, and the forms to start one"),
        ("GitHub's API", f'curl -H "Authorization: Bearer $(cat {home / "tokens" / DEPLOYER})" \\'),
        ("", f"  {settings.github_url}/repos/{_REPOSITORY}/deployments"),
        ("AWS", f"{settings.aws_url}  for boto3, the AWS CLI and Terraform, after the line below"),
    ]
    for environment, group in groupby(served, key=lambda item: item.environment):
        places += [("", ""), *(_place(environment, item) for item in group)]
        places += [("passwords", f"credex sandbox secrets --env {environment} --reveal")]
    built = list(dict.fromkeys(item.environment for item in served))
    steps = _next_steps(built[0]) if built else _first_steps()
    lines = [
        "Where to look",
        *(f"  {name:<14}{where}".rstrip() for name, where in places),
        "",
        "How to go on",
        f"  . {activate} && . {home / 'env'}",
        *(f"  {step}" for step in steps),
        "",
        "make down stops it all: the local AWS forgets what was built, and make demo builds it anew.",
    ]
    return "\n".join(lines)


def _place(environment: str, item: Served) -> tuple[str, str]:
    if item.address.startswith("http"):
        return environment, f"curl {item.address}{_HEALTH}"
    return item.name.removeprefix("Neo4j "), f"{item.address}  user neo4j"


def _next_steps(environment: str) -> list[str]:
    return [
        f"credex status --env {environment}",
        f"credex sandbox push --env {environment}                            # a new commit and its image",
        f"credex trigger application-deployment --env {environment} --wait   # deploys it",
        f"credex log --env {environment}",
        'credex sandbox code "Tendai Ncube"   # the code with which an approver says yes to production',
    ]


def _first_steps() -> list[str]:
    return ["credex trigger initial-deployment --env development --wait"]
