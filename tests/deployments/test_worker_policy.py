"""The worker's IAM policies: what our own code calls is in them, and nothing that it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.systems.aws.calls import actions_called

FOLDER = Path(__file__).parents[2] / "deployments" / "iam"
MOST_CHARACTERS = 6144
"""Of a managed policy, spaces not counted."""

NEEDED_BESIDES = {
    "ec2:CreateTags": "a snapshot and a volume are made with tags",
    "kms:Encrypt": "SSM encrypts a parameter with it for whoever writes it",
    "s3:DeleteObjectVersion": "a saved plan is deleted with all its versions",
    "s3:GetObjectVersion": "a dump is read in the version that was proven",
    "s3:ListBucket": "without it S3 answers 403 where there is no such object",
}
"""Actions that no call is named after, each with its reason."""

FALSE_FRIENDS = {"ec2:DescribeImages"}
"""Called of another service, through a variable: ECR's images."""


def statements(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / name).read_text())["Statement"]
    return found


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def allowed(name: str) -> Iterator[str]:
    for statement in statements(name):
        assert statement["Effect"] == "Allow"
        yield from listed(statement["Action"])


def test_the_worker_may_do_what_our_code_calls_and_nothing_else() -> None:
    called = actions_called() - FALSE_FRIENDS
    may = {*allowed("worker.json"), *allowed("results.json")}
    assert {"s3:PutObject", "ecs:DescribeServices", "ssm:SendCommand", "cloudtrail:LookupEvents"} <= called
    assert called - may == set(), (
        "the worker would be denied these: allow them in deployments/iam/worker.json"
    )
    assert may - called - set(NEEDED_BESIDES) == set(), "nothing calls these"


@pytest.mark.parametrize("name", ["worker.json", "results.json", "terraform.json"])
def test_a_policy_is_small_enough_and_names_what_it_is_for(name: str) -> None:
    """AWS refuses a longer one; a statement of everything on everything would be no policy."""
    assert len("".join((FOLDER / name).read_text().split())) <= MOST_CHARACTERS
    ids = [statement["Sid"] for statement in statements(name)]
    assert len(set(ids)) == len(ids)
    for statement in statements(name):
        everywhere = "*" in listed(statement["Resource"])
        assert not everywhere or statement.get("Condition"), f"{statement['Sid']} is bound to nothing"
        assert "*" not in listed(statement["Action"])


def test_terraform_is_given_no_role_but_the_environments_own() -> None:
    """Else whoever has the worker's credentials could make themselves any other's."""
    for statement in statements("terraform.json"):
        if any(action.startswith("iam:") for action in listed(statement["Action"])):
            assert all(
                ":role/credex-ENVIRONMENT-" in each or ":instance-profile/credex-ENVIRONMENT-" in each
                for each in listed(statement["Resource"])
            ), statement["Sid"]
