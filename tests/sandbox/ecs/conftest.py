"""A local AWS with live services and load balancers, and environments on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.aws.ecs.mends import MENDS as ECS_MENDS
from sandbox.aws.ecs.reconciler import EcsScheduler
from sandbox.aws.load_balancer.mends import MENDS as LOAD_BALANCER_MENDS
from sandbox.aws.load_balancer.reconciler import LoadBalancers
from sandbox.aws.mends.mend import Clients
from sandbox.aws.pace import Pace
from sandbox.aws.server import LocalAws
from tests.sandbox.aws.conftest import clients_of
from tests.sandbox.ecs.environment import Environment, make_environment
from tests.sandbox.ecs.network import reserved_network

PACE = Pace(0.02)


@pytest.fixture(scope="module")
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sandbox's state folder."""
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def live_aws(state_folder: Path) -> Iterator[LocalAws]:
    """A new account with live services; every reconciler must have done without an error at the end."""
    aws = LocalAws(
        0,
        mends=(*ECS_MENDS, *LOAD_BALANCER_MENDS),
        reconcilers=(EcsScheduler(state_folder, PACE), LoadBalancers(PACE)),
    )
    aws.start()
    yield aws
    health = aws.reconcilers()
    aws.stop()
    assert [reconciler.last_error for reconciler in health] == [None, None]


@pytest.fixture(scope="module")
def mended() -> Iterator[Clients]:
    """Clients of a new account on a mended server without live parts."""
    aws = LocalAws(0, mends=(*ECS_MENDS, *LOAD_BALANCER_MENDS), reconcilers=())
    aws.start()
    yield clients_of(aws.url)
    aws.stop()


@pytest.fixture(scope="module")
def network() -> Iterator[str]:
    """The first two numbers of a network of this module's own."""
    with reserved_network() as network:
        yield network


@pytest.fixture
def env(live_aws: LocalAws, network: str) -> Iterator[Environment]:
    """A new environment; what it runs is gone afterwards."""
    environment = make_environment(live_aws.url, network)
    yield environment
    environment.delete()
