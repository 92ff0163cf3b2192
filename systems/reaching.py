"""Asks the application through its load balancer again and again, and its tasks directly."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from models.environment import ServiceSettings, TaskIdentity
from models.probe import Probe
from models.reaching import TOO_MANY_REQUESTS, Asked
from models.traffic import Target
from systems.http import probe

MOST_REQUESTS = 60
"""Fewer than the 100 a minute that the application answers to one address."""

ROUNDS_WITHOUT_NAMES = 3
"""How often each task should have its turn where none says that it had it."""

_DIRECT_SECONDS = 3.0
_LONGEST_ANSWER = 10_000
"""Characters of an answer that are read to find a task's name in it."""


def ask_by_name(url: str, identity: TaskIdentity, tasks: Collection[str]) -> Asked:
    """Ask until each of the tasks has said that it answered, or for MOST_REQUESTS requests."""
    answers: list[Probe] = []
    seen: set[str] = set()
    while len(answers) < MOST_REQUESTS and not set(tasks) <= seen:
        answer, task = _ask_who(url, identity)
        answers.append(answer)
        seen |= {task} if task else set()
        if answer.status == TOO_MANY_REQUESTS:
            break
    return Asked(answers=answers, tasks=frozenset(seen))


def _ask_who(url: str, identity: TaskIdentity) -> tuple[Probe, str | None]:
    answer = probe(url, identity.path, timeout_seconds=10, keep=_LONGEST_ANSWER)
    try:
        said = json.loads(answer.body)
    except ValueError:
        return answer, None
    name = said.get(identity.key) if isinstance(said, dict) else None
    return answer, name if isinstance(name, str) else None


def ask_without_names(url: str, service: ServiceSettings, targets: int) -> Asked:
    """Ask so often that a load balancer that takes turns reaches every target several times."""
    rounds = min(MOST_REQUESTS, targets * ROUNDS_WITHOUT_NAMES)
    return Asked(answers=[probe(url, service.health_path, timeout_seconds=10) for _ in range(rounds)])


def ask_directly(targets: Iterable[Target], health_path: str) -> list[Probe]:
    """Ask each target at its own address; a worker outside of the network reaches none, and stops trying."""
    answers: list[Probe] = []
    for target in targets:
        url = f"http://{target.address}:{target.port}"
        answers.append(probe(url, health_path, timeout_seconds=_DIRECT_SECONDS))
        if answers[-1].status is None:
            break
    return answers
