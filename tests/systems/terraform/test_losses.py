"""What protects less after a change is found by its values, and told without them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.plan import Loss
from systems.terraform.plan_reader import read_plan
from systems.terraform.safeguards import SAFEGUARDS
from systems.terraform.weakening import Least, NoMore, Rank, Rule, Same

PLANS = Path(__file__).parent.parent.parent / "plans"

Json = dict[str, Any]


def _document(name: str) -> Json:
    document: Json = json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8"))
    return document


def _change(document: Json, address: str) -> Json:
    return next(c["change"] for c in document["resource_changes"] if c["address"] == address)


def _nested(path: str, value: object) -> Json:
    """A value at a path, in the lists that Terraform makes of blocks."""
    first, _, rest = path.partition(".")
    return {first: [_nested(rest, value)] if rest else value}


def _paths(rule: Rule) -> tuple[str, object, object]:
    """The path of a rule, a value that protects and one that protects less."""
    match rule:
        case Rank():
            return rule.path, rule.order[-1], rule.order[0]
        case Same():
            return rule.path, "one", "two"
        case Least():
            return rule.path, 30, 7
        case NoMore():
            return rule.path, ["sg-1"], ["sg-1", "sg-2"]
    raise AssertionError(rule)


ALL_RULES = [(kind, rule) for kind, rules in SAFEGUARDS.items() for rule in rules]


@pytest.mark.parametrize(
    ("kind", "rule"), ALL_RULES, ids=lambda part: part if isinstance(part, str) else part.path
)
def test_each_safeguard_is_noticed_when_it_goes_and_not_when_it_comes_or_stays(kind: str, rule: Rule) -> None:
    """For every row of the table; another key is another key in both directions."""
    path, strong, weak = _paths(rule)
    strong_value, weak_value = _nested(path, strong), _nested(path, weak)
    found = rule.weakening(strong_value, weak_value)
    assert found is not None
    assert found.what
    assert rule.weakening(strong_value, strong_value) is None
    if isinstance(rule, Rank | Same):
        assert rule.weakening({}, strong_value) is None
    if not isinstance(rule, Same):
        assert rule.weakening(weak_value, strong_value) is None


@pytest.mark.parametrize(
    ("name", "address", "words"),
    [
        ("volume-unencrypted", "aws_ebs_volume.data", "encryption is switched off"),
        ("disk-key-replaced", "aws_ebs_volume.data", "another key"),
        ("volume-shrunk", "aws_ebs_volume.data", "shrinks"),
        ("volume-swapped", "aws_volume_attachment.data", "another volume"),
        ("versioning-suspended", "aws_s3_bucket_versioning.backups", "no longer kept"),
        ("bucket-public", "aws_s3_bucket_public_access_block.backups", "block_public_policy"),
        ("metadata-without-token", "aws_instance.neo4j[0]", "need no token"),
        ("parameter-in-clear", "aws_ssm_parameter.rates", "no longer encrypted"),
        ("access-by-another-group", "aws_instance.neo4j[0]", "further security groups"),
        ("database-on-own-disk-replaced", "aws_instance.own_disk", "its own disk"),
    ],
)
def test_real_plans_tell_what_they_weaken(name: str, address: str, words: str) -> None:
    """As Terraform writes them."""
    change = next(c for c in read_plan(_document(name)).changes if c.address == address)
    assert [loss.what for loss in change.weakens if words in loss.what and loss.certain]


def test_a_value_that_is_not_known_yet_is_doubted_and_not_refused() -> None:
    """A machine that is replaced gets from AWS what its configuration does not say."""
    document = _document("instance-replaced-by-ami")
    change = _change(document, "aws_instance.neo4j[0]")
    del change["after"]["root_block_device"]
    change["after_unknown"]["root_block_device"] = True
    read = next(c for c in read_plan(document).changes if c.address == "aws_instance.neo4j[0]")
    assert read.weakens
    assert not any(loss.certain for loss in read.weakens)


def test_another_volume_that_is_not_known_yet_is_another_volume() -> None:
    """It is one that this very plan makes, and so empty."""
    document = _document("volume-swapped")
    change = _change(document, "aws_volume_attachment.data")
    del change["after"]["volume_id"]
    change["after_unknown"]["volume_id"] = True
    read = next(c for c in read_plan(document).changes if c.address == "aws_volume_attachment.data")
    assert [loss.certain for loss in read.weakens if loss.loss is Loss.DATA] == [True]


def test_address_ranges_that_are_marked_as_secret_are_not_told() -> None:
    """What happens is."""
    document = _document("access-from-more")
    _change(document, "aws_security_group.database")["after_sensitive"]["ingress"] = True
    change = next(c for c in read_plan(document).changes if c.address == "aws_security_group.database")
    assert [loss.loss for loss in change.weakens] == [Loss.ACCESS]
    assert "10.0.0.0/8" not in change.model_dump_json()
