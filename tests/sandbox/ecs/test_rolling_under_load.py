"""Clients under constant load notice nothing of a deployment."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Self

import httpx
import pytest

from tests.sandbox.ecs.environment import Environment
from tests.sandbox.ecs.waiting import wait_for

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive]

CLIENTS = 4


class Load:
    """Asks without a pause from several threads, half of them with a new connection each time."""

    def __init__(self, url: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self._url = url
        self._halt = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number % 2,)) for number in range(CLIENTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._halt.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, keep_alive: int) -> None:
        limits = httpx.Limits(max_keepalive_connections=keep_alive)
        with httpx.Client(limits=limits, timeout=10) as client:
            while not self._halt.wait(0.005):
                try:
                    answer = client.get(f"{self._url}/version")
                except httpx.HTTPError as error:
                    self.outcomes[repr(error)] += 1
                else:
                    known = answer.status_code == 200
                    self.outcomes[answer.json()["image_digest"] if known else str(answer.status_code)] += 1


def test_a_rolling_deployment_and_scaling_down_lose_no_request(env: Environment) -> None:
    """Every answer is 200, and both versions have answered."""
    old, new = env.push(), env.push()
    env.create_service(env.task_definition(old), desired=2)
    env.wait_until_steady()
    with Load(env.url) as load:
        wait_for("some answers", lambda: load.outcomes[old] > 50)
        env.deploy(new)
        env.update(desiredCount=1)
        wait_for("one task", lambda: env.service()["runningCount"] == 1 and len(env.target_states()) == 1)
        served = load.outcomes[new]
        wait_for("answers of the last task", lambda: load.outcomes[new] > served + 50)
    assert set(load.outcomes) == {old, new}
