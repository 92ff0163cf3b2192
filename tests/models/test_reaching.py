"""What to do about an answer through the load balancer: nothing, a DNS record, or a look at its targets."""

from __future__ import annotations

import pytest

from models.probe import Probe
from models.reaching import way_out

BALANCER = "credex-Production-1.af-south-1.elb.amazonaws.com"
TARGETS = "Look at the load balancer's targets and the tasks' logs."


def _probe(host: str = "api.example.org", status: int | None = None, *, unresolved: bool = True) -> Probe:
    return Probe(
        url=f"https://{host}/health",
        expected_status=200,
        status=status,
        elapsed_seconds=0.1,
        unresolved=unresolved,
    )


@pytest.mark.parametrize(
    ("load_balancer", "target"),
    [(BALANCER, f"{BALANCER}, the load balancer's DNS name"), ("", "the load balancer's DNS name")],
    ids=["put out", "not put out"],
)
def test_a_name_that_does_not_resolve_has_to_point_to_the_load_balancer(
    load_balancer: str, target: str
) -> None:
    """A first deployment makes the balancer, so nobody could have pointed the name to it before."""
    assert way_out(_probe(), load_balancer).startswith(f"Let api.example.org point to {target}, ")


@pytest.mark.parametrize(
    "probe",
    [_probe(status=502, unresolved=False), _probe(unresolved=False), _probe(BALANCER)],
    ids=["an error", "no answer", "the load balancer's own name"],
)
def test_all_else_is_the_targets_or_the_tasks(probe: Probe) -> None:
    """The load balancer's own name cannot be pointed anywhere."""
    assert way_out(probe, BALANCER) == TARGETS


def test_an_answer_as_expected_leaves_nothing_to_do() -> None:
    assert way_out(_probe(status=200, unresolved=False), BALANCER) == ""
