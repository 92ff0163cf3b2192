"""The local AWS and environments of the ECS tests, without services; small servers as targets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.ecs.conftest import env, live_aws, mended, network, state_folder  # noqa: F401 - fixtures
from tests.sandbox.load_balancer.target import Target


@pytest.fixture
def targets(network: str) -> Iterator[list[Target]]:  # noqa: F811
    """Three servers on addresses of their own, called 0, 1 and 2."""
    started = [Target(f"{network}.250.{10 + number}", str(number)) for number in range(3)]
    yield started
    for target in started:
        target.stop()
