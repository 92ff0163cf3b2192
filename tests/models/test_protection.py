"""Which addresses an environment's patterns name."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from models.protection import GuardSettings


@pytest.mark.parametrize(
    ("pattern", "address"),
    [
        ("aws_instance.neo4j", "aws_instance.neo4j"),
        ("aws_instance.neo4j", "aws_instance.neo4j[0]"),
        ("aws_instance.neo4j", 'aws_instance.neo4j["ledger"]'),
        ("aws_instance.neo4j[0]", "aws_instance.neo4j[0]"),
        ("module.databases", "module.databases.aws_instance.neo4j_ledger"),
        ("module.databases", "module.databases[0].aws_instance.neo4j_ledger"),
        ("module.*.neo4jaura_instance", "module.graph.neo4jaura_instance.search"),
        ("*dynamodb_table.*", "module.locks.aws_dynamodb_table.this"),
        ("*dynamodb_table.*", "aws_dynamodb_table.locks[0]"),
    ],
)
def test_a_pattern_names_a_module_a_resource_or_its_instances(pattern: str, address: str) -> None:
    """As Terraform's `-target` does, and with `*` for any text."""
    assert GuardSettings(protected=[pattern]).protects(address)


@pytest.mark.parametrize(
    ("pattern", "address"),
    [
        ("aws_instance.neo4j", "aws_instance.neo4j_two"),
        ("aws_instance.neo4j[0]", "aws_instance.neo4j[1]"),
        ("aws_instance.neo4j", "module.other.aws_instance.neo4j"),
        ("module.data", "module.databases.aws_instance.neo4j"),
        ("aws_instance.neo.j", "aws_instance.neo4j"),
    ],
)
def test_a_pattern_names_nothing_else(pattern: str, address: str) -> None:
    """What only begins alike is another resource."""
    assert not GuardSettings(protected=[pattern]).protects(address)


def test_a_resource_is_protected_by_its_earlier_address_too() -> None:
    """Moving it away from its name would be a way around."""
    settings = GuardSettings(protected=["aws_instance.neo4j"])
    assert settings.protects("aws_instance.graph", "aws_instance.neo4j")
    assert not settings.protects("aws_instance.graph", None)


@pytest.mark.parametrize("pattern", ["", "two words", "a,b", "[0]", "x" * 301])
def test_what_is_no_address_is_refused(pattern: str) -> None:
    """A list in one string would protect nothing."""
    with pytest.raises(ValidationError):
        GuardSettings(protected=[pattern])
