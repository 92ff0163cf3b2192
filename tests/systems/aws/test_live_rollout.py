"""Rollouts of real processes are followed to their true end: what Terraform would report plays no part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.check import Verdict
from models.rollout import Expected, Outcome, Rollout
from sandbox.aws.ecs.mends import MENDS as ECS_MENDS
from sandbox.aws.ecs.reconciler import EcsScheduler
from sandbox.aws.load_balancer.mends import MENDS as LOAD_BALANCER_MENDS
from sandbox.aws.load_balancer.reconciler import LoadBalancers
from sandbox.aws.pace import Pace
from sandbox.aws.reconcile import Reconciler
from sandbox.aws.server import LocalAws
from systems.aws.service import rollout_evidence, watch_rollout, why_not_serving
from systems.aws.session import Aws
from systems.http import probe
from systems.waiting import Pace as WaitingPace
from tests.sandbox.ecs.environment import Environment, make_environment
from tests.sandbox.ecs.network import reserved_network

pytestmark = pytest.mark.sandbox

PACE = Pace(0.02)


@pytest.fixture(scope="module")
def live_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS whose services run real processes behind real load balancers."""
    reconcilers: list[Reconciler] = [
        EcsScheduler(tmp_path_factory.mktemp("sandbox"), PACE),
        LoadBalancers(PACE),
    ]
    aws = LocalAws(0, mends=(*ECS_MENDS, *LOAD_BALANCER_MENDS), reconcilers=reconcilers)
    aws.start()
    yield aws
    aws.stop()


@pytest.fixture(scope="module")
def network() -> Iterator[str]:
    with reserved_network() as network:
        yield network


@pytest.fixture
def environment(live_aws: LocalAws, network: str) -> Iterator[Environment]:
    environment = make_environment(live_aws.url, network)
    yield environment
    environment.delete()


@pytest.fixture
def live(live_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    for name, value in live_aws.environment().items():
        monkeypatch.setenv(name, value)
    return Aws("af-south-1")


def _watch(live: Aws, environment: Environment, digest: str, desired: int = 1) -> tuple[Rollout, list[str]]:
    told: list[str] = []
    rollout = watch_rollout(
        live,
        environment.name,
        environment.name,
        expected=Expected(image_digest=digest, desired_count=desired),
        deadline_seconds=90,
        on_progress=told.append,
    )
    return rollout, told


def _verdicts(live: Aws, environment: Environment, digest: str, desired: int = 1) -> set[Verdict]:
    name = environment.name
    checks = rollout_evidence(live, name, name, Expected(image_digest=digest, desired_count=desired))
    return {check.verdict for check in checks}


def test_a_good_image_is_followed_until_it_serves(live: Aws, environment: Environment) -> None:
    old, new = environment.push(), environment.push()
    environment.create_service(environment.task_definition(old), desired=2)
    assert _watch(live, environment, old, desired=2)[0].completed

    environment.update(taskDefinition=environment.task_definition(new))
    rollout, told = _watch(live, environment, new, desired=2)
    assert rollout.completed, rollout.reason
    assert any("2 of 2 tasks run" in sentence for sentence in told)
    assert _verdicts(live, environment, new, desired=2) == {Verdict.PASSED}
    assert Verdict.FAILED in _verdicts(live, environment, old, desired=2)
    assert probe(environment.url, "/health").as_expected


@pytest.mark.parametrize(
    ("behaviour", "words"), [("crash", "credex-core exited with 3"), ("sick", "health checks")]
)
def test_a_broken_image_ends_as_rolled_back_with_the_reason(
    live: Aws, environment: Environment, behaviour: str, words: str
) -> None:
    good, broken = environment.push(), environment.push(behaviour)
    environment.create_service(environment.task_definition(good))
    assert _watch(live, environment, good)[0].completed

    environment.update(taskDefinition=environment.task_definition(broken))
    rollout, _ = _watch(live, environment, broken)
    assert rollout.outcome is Outcome.ROLLED_BACK
    assert words in rollout.reason

    environment.wait_until_steady()
    late, _ = _watch(live, environment, broken)
    assert late.outcome is Outcome.ROLLED_BACK
    assert words in late.reason
    assert Verdict.FAILED in _verdicts(live, environment, broken)
    assert _verdicts(live, environment, good) == {Verdict.PASSED}


def test_a_first_image_that_crashes_fails_with_nothing_to_go_back_to(
    live: Aws, environment: Environment
) -> None:
    crash = environment.push("crash")
    environment.create_service(environment.task_definition(crash))
    rollout, _ = _watch(live, environment, crash)
    assert rollout.outcome is Outcome.FAILED
    assert "credex-core exited with 3" in rollout.reason


@pytest.mark.parametrize(
    ("behaviour", "words"), [("crash", "exited with 3"), ("sick", "failed ELB health checks")]
)
def test_tasks_that_crash_after_the_rollout_are_given_up_long_before_the_deadline(
    live: Aws, environment: Environment, behaviour: str, words: str
) -> None:
    """A service whose first tasks are asked for: ECS calls that no rollout and starts them for ever."""
    digest = environment.push(behaviour)
    environment.create_service(environment.task_definition(digest), desired=0)
    environment.wait_until_steady()
    environment.update(desiredCount=1)
    assert words in "; ".join(_why_not(live, environment, digest))


def test_a_service_that_gets_well_serves(live: Aws, environment: Environment) -> None:
    """What is not well is told on the way."""
    digest = environment.push()
    environment.create_service(environment.task_definition(digest), desired=0)
    environment.wait_until_steady()
    environment.update(desiredCount=1)
    assert _why_not(live, environment, digest) == []


def _why_not(live: Aws, environment: Environment, digest: str) -> list[str]:
    told: list[str] = []
    unwell = why_not_serving(
        live,
        environment.name,
        environment.name,
        expected=Expected(image_digest=digest, desired_count=1),
        pace=WaitingPace(60, interval_seconds=0.2),
        on_progress=told.append,
    )
    assert told
    return unwell
