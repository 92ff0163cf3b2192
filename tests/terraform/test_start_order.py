"""Machines and tasks start after their way out: what Terraform makes before them, read from its own graph."""

from __future__ import annotations

import re

import pytest

from tests.terraform.run import Terraform

pytestmark = pytest.mark.sandbox

WAY_OUT = {
    "module.network.aws_route.internet",
    "module.network.aws_route.nat",
    "module.network.aws_route_table_association.public",
    "module.network.aws_vpc_endpoint.s3",
    "module.network.aws_vpc_endpoint.interface",
    "module.network.aws_vpc_security_group_ingress_rule.endpoints_from_vpc",
}


@pytest.fixture(scope="module")
def waits_for(root_with_local_state: Terraform) -> dict[str, set[str]]:
    """For each resource the ones that it names or depends on itself."""
    edges = re.findall(
        r'^\s*"([^"]+)" -> "([^"]+)";', root_with_local_state.run("graph", check=True).stdout, re.MULTILINE
    )
    graph: dict[str, set[str]] = {}
    for later, earlier in edges:
        graph.setdefault(later, set()).add(earlier)
    return graph


def test_a_databases_machine_starts_after_its_way_out_and_its_rights(waits_for: dict[str, set[str]]) -> None:
    """It installs Neo4j once, when it starts: packages, artifacts and password must be within reach."""
    needed = WAY_OUT | {
        "module.network.aws_route_table_association.database",
        "module.network.aws_vpc_security_group_egress_rule.database_to_https",
        "module.databases.aws_iam_role_policy.neo4j",
        "module.databases.aws_iam_role_policy_attachment.systems_manager",
    }
    assert needed <= _all_before("module.databases.aws_instance.neo4j", waits_for)


def test_the_service_starts_after_its_way_out_and_its_rights(waits_for: dict[str, set[str]]) -> None:
    """A task that cannot pull its image or read its secrets fails, and takes the deployment with it."""
    needed = WAY_OUT | {
        "module.network.aws_route_table_association.private",
        "module.network.aws_vpc_security_group_egress_rule.service_to_https",
        "module.network.aws_vpc_security_group_egress_rule.service_to_databases",
        "module.service.aws_iam_role_policy.execution",
    }
    assert needed <= _all_before("module.service.aws_ecs_service.this", waits_for)


def test_the_load_balancer_is_made_after_the_internet_gateway(waits_for: dict[str, set[str]]) -> None:
    """AWS refuses it in a VPC that is not connected to the internet."""
    assert {
        "module.network.aws_internet_gateway.this",
        "module.network.aws_route.internet",
        "module.network.aws_route_table_association.public",
    } <= _all_before("module.service.aws_lb.this", waits_for)


def _all_before(resource: str, waits_for: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    unseen = [resource]
    while unseen:
        for earlier in waits_for.get(unseen.pop(), set()) - found:
            found.add(earlier)
            unseen.append(earlier)
    return found
