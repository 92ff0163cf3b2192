"""What Terraform's machine-readable lines tell people while it works."""

from __future__ import annotations

import json

import pytest

from systems.terraform.progress import sentence


def hook(kind: str, action: str) -> str:
    """A line about one resource, as `terraform apply -json` writes it."""
    resource = {"addr": "module.service.aws_ecs_service.credex_core"}
    return json.dumps({"type": kind, "hook": {"resource": resource, "action": action, "elapsed_seconds": 20}})


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("apply_start", "updating"),
        ("apply_progress", "updating (20 s)"),
        ("apply_complete", "updated after 20 s"),
        ("apply_errored", "updating failed after 20 s"),
    ],
)
def test_each_stage_of_a_change_is_a_sentence_about_its_resource(kind: str, told: str) -> None:
    assert sentence(hook(kind, "update")) == f"module.service.aws_ecs_service.credex_core: {told}"


@pytest.mark.parametrize("kind", ["apply_start", "apply_progress", "apply_complete"])
def test_reading_a_data_source_is_not_worth_a_line(kind: str) -> None:
    assert sentence(hook(kind, "read")) is None


def test_the_end_of_an_apply_is_told_in_counts() -> None:
    changes = {"add": 1, "change": 2, "remove": 0, "operation": "apply"}
    line = json.dumps({"type": "change_summary", "changes": changes})
    assert sentence(line) == "1 added, 2 changed, 0 destroyed"


@pytest.mark.parametrize(("operation", "told"), [("plan", "12 to import"), ("apply", "12 imported")])
def test_what_is_adopted_is_counted_first(operation: str, told: str) -> None:
    """Where nothing is, nothing is said of it."""
    changes = {"add": 1, "change": 2, "import": 12, "remove": 0, "operation": operation}
    line = json.dumps({"type": "change_summary", "changes": changes})
    assert (sentence(line) or "").startswith(f"{told}, 1 ")


@pytest.mark.parametrize("line", ["", "Initializing the backend...", "[1, 2]", '{"type": "version"}'])
def test_lines_that_are_about_no_change_are_left_out(line: str) -> None:
    assert sentence(line) is None
