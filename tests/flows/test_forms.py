"""The schemas that Prefect makes forms of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prefect import Flow
from prefect.utilities.callables import parameter_schema

from flows.application_deployment import application_deployment
from flows.backup import backup
from flows.configuration import configuration
from flows.hotfix import hotfix
from flows.initial_deployment import initial_deployment
from flows.neo4j_change import neo4j_change
from flows.restore import restore
from flows.restore_drill import restore_drill
from flows.scaling import scaling
from flows.verification import verification
from systems.environments import environment_names

FLOWS: list[Flow[..., Any]] = [
    initial_deployment,
    application_deployment,
    hotfix,
    scaling,
    configuration,
    neo4j_change,
    backup,
    restore,
    restore_drill,
    verification,
]


def fields_of(flow: Flow[..., Any]) -> dict[str, dict[str, Any]]:
    """The fields of the flow's form, in the order in which they are shown."""
    (form,) = parameter_schema(flow).definitions.values()
    fields: dict[str, dict[str, Any]] = form["properties"]
    return dict(sorted(fields.items(), key=lambda field: field[1]["position"]))


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_the_environment_is_a_choice_among_those_that_have_a_file(flow: Flow[..., Any]) -> None:
    assert sorted(fields_of(flow)["environment"]["enum"]) == environment_names()


def test_environments_stand_in_the_order_in_which_an_image_passes_them() -> None:
    assert fields_of(verification)["environment"]["enum"] == ["development", "staging", "production"]


def test_another_environments_file_is_another_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "rehearsal.toml").touch()
    monkeypatch.setenv("CREDEX_ENVIRONMENTS_DIR", str(tmp_path))
    assert fields_of(verification)["environment"]["enum"] == ["rehearsal"]


def test_where_no_environments_are_found_the_form_takes_a_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CREDEX_ENVIRONMENTS_DIR", str(tmp_path / "missing"))
    assert "enum" not in fields_of(verification)["environment"]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_field_has_a_title_a_description_and_one_plain_type(flow: Flow[..., Any]) -> None:
    for name, field in fields_of(flow).items():
        assert field["title"] != name
        assert field["description"].endswith(".")
        assert field["type"] in {"string", "integer", "boolean"}


def test_what_may_stay_empty_is_asked_before_who_asks() -> None:
    assert list(fields_of(initial_deployment)) == [
        "environment",
        "commit",
        "desired_count",
        "freeze_override_reason",
        "requester",
    ]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_flow_says_what_it_touches_how_long_it_takes_and_what_to_do_when_it_fails(
    flow: Flow[..., Any],
) -> None:
    assert flow.description is not None
    for words in ("- **Touches**", "- **Takes**", "- **If it fails**"):
        assert words in flow.description
