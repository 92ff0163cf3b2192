"""The bill of a plan: what is known is summed, what is not is said."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.cost import Cost, Usage, UsageKind, cost_of
from systems.aws.prices import load_prices
from systems.terraform.plan_reader import read_plan
from systems.terraform.render_cost import render_cost

PLANS = Path(__file__).parent.parent / "plans"

PRICES = load_prices("af-south-1")
assert PRICES is not None


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8"))
    return document


def _usage(name: str) -> dict[str, tuple[float, float]]:
    return {
        f"{item.variant} {item.kind}": (item.before, item.after) for item in read_plan(_document(name)).usage
    }


def _cost(*usages: Usage) -> Cost:
    assert PRICES is not None
    return cost_of(list(usages), PRICES)


def test_a_larger_machine_costs_the_difference_of_their_prices() -> None:
    """Both databases; what stays is in the sums and not in the difference."""
    assert PRICES is not None
    usage = _usage("instance-resized")
    assert usage["t3.medium machines"] == (2, 0)
    assert usage["t3.large machines"] == (0, 2)
    cost = cost_of(read_plan(_document("instance-resized")).usage, PRICES)
    assert cost.after - cost.before == 2 * 730 * (Decimal("0.1085") - Decimal("0.0542"))


@pytest.mark.parametrize(
    ("name", "what", "amounts"),
    [
        ("volume-grown", "gp3 GiB of volumes", (60, 70)),
        ("count-of-tasks", "256/512 tasks", (2, 3)),
        ("application-and-count", "256/512 tasks", (2, 3)),
        ("databases-fewer", "t3.medium machines", (2, 1)),
        ("volume-deleted", "gp3 GiB of volumes", (60, 50)),
        ("volume-forgotten", "gp3 GiB of volumes", (60, 60)),
        ("create-all", "256/512 tasks", (0, 2)),
        ("create-all", "gp3 GiB of volumes", (0, 60)),
    ],
)
def test_what_a_plan_uses_is_counted_before_and_after(name: str, what: str, amounts: tuple[int, int]) -> None:
    """Also where nothing of a resource changes; what is only forgotten still costs."""
    assert _usage(name)[what] == amounts


def test_a_type_without_a_known_price_is_said_and_not_free() -> None:
    """Neither its line nor the difference is made up."""
    machine = Usage(kind=UsageKind.INSTANCE, variant="x9.huge", before=0, after=1)
    cost = _cost(machine, Usage(kind=UsageKind.INSTANCE, variant="t3.small", before=1, after=1))
    assert cost.unknown == [machine]
    assert not cost.difference_is_whole
    text = render_cost([machine], PRICES)
    assert "| `x9.huge` machines | 0 | 1 | not known | not known |" in text
    assert "nor what has no known price: `x9.huge` machines" in text


def test_a_size_that_is_not_known_yet_is_said() -> None:
    """A disk that comes with its image."""
    assert _usage("create-all")[" GiB of volumes"] == (0, 1)
    assert "of a type or size that is not known yet" in render_cost(
        read_plan(_document("create-all")).usage, PRICES
    )


def test_a_type_that_is_marked_as_secret_is_not_told() -> None:
    """Somebody may have marked it for a reason."""
    document = _document("instance-resized")
    for resource in document["resource_changes"]:
        if resource["address"] == "aws_instance.neo4j[0]":
            resource["change"]["after_sensitive"]["instance_type"] = True
    usage = {(item.variant, item.kind): item.after for item in read_plan(document).usage}
    assert usage["", UsageKind.INSTANCE] == 1
    assert usage["t3.large", UsageKind.INSTANCE] == 1


def test_the_line_says_from_when_the_prices_are_and_what_is_not_counted() -> None:
    """A sum without its date is believed for ever."""
    text = render_cost(read_plan(_document("count-of-tasks")).usage, PRICES)
    assert "**+12.15 USD**" in text
    assert "as of 2026-09-07" in text
    assert "not counted are load balancers" in text
    assert "| tasks of 0.25 vCPU, 0.5 GiB | 2 | 3 | 24.31 USD | 36.46 USD |" in text


def test_a_region_without_prices_says_so() -> None:
    """And invents none; where nothing is paid for, nothing is said."""
    assert load_prices("eu-west-1") is None
    usage = Usage(kind=UsageKind.INSTANCE, variant="t3.small", before=1, after=1)
    assert render_cost([usage], None) == "**Cost**: no prices are known for this region."
    assert render_cost([], PRICES) == ""
