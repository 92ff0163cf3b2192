"""The flows take Terraform's outputs by the environment's names, and say which are missing."""

from __future__ import annotations

import pytest

from models.environment import OutputNames
from models.errors import SetUpError
from models.names import DatabaseName
from models.outputs import select_outputs, wanted_outputs

NAMES = OutputNames(ledger_bolt_url="ledger", search_bolt_url="search", api_url="way_in")
GIVEN: dict[str, object] = {
    "ledger": "bolt://10.0.0.1:7687",
    "search": "bolt://10.0.0.2:7687",
    "way_in": "https://api.example.org",
    "ecs_cluster_name": "cluster",
    "ecs_service_name": "service",
    "task_definition_arn": "arn:task",
    "vpc_id": "vpc-1",
}


def test_each_output_is_found_under_the_name_that_the_environment_gives_it() -> None:
    """Those that nobody asked for are left out."""
    outputs = select_outputs(GIVEN, NAMES, {})
    assert outputs.bolt_urls == {
        DatabaseName.LEDGER: "bolt://10.0.0.1:7687",
        DatabaseName.SEARCH: "bolt://10.0.0.2:7687",
    }
    assert (outputs.api_url, outputs.cluster, outputs.service) == (
        "https://api.example.org",
        "cluster",
        "service",
    )


def test_the_load_balancers_own_name_is_taken_where_it_is_put_out_and_never_missed() -> None:
    """An infrastructure that others built may not put it out; it only helps to say what to do."""
    named = NAMES.model_copy(update={"load_balancer": "balancer"})
    given = GIVEN | {"balancer": "credex-1.af-south-1.elb.amazonaws.com"}
    assert select_outputs(given, named, {}).load_balancer == "credex-1.af-south-1.elb.amazonaws.com"
    assert select_outputs(GIVEN, named, {}).load_balancer == ""
    assert "balancer" not in wanted_outputs(named, {}).values()


def test_a_database_that_runs_elsewhere_needs_no_output() -> None:
    """Its address stands in the environment's file."""
    elsewhere = {DatabaseName.LEDGER: "neo4j+s://ledger.example.org"}
    given = {name: value for name, value in GIVEN.items() if name != "ledger"}
    assert select_outputs(given, NAMES, elsewhere).bolt_urls == {
        DatabaseName.LEDGER: "neo4j+s://ledger.example.org",
        DatabaseName.SEARCH: "bolt://10.0.0.2:7687",
    }


@pytest.mark.parametrize("empty", [None, "", 7, ["bolt://10.0.0.1:7687"]])
def test_an_output_that_is_no_text_or_empty_is_missing(empty: object) -> None:
    """All of them are named at once."""
    lacking = {name: value for name, value in GIVEN.items() if name != "way_in"} | {"ledger": empty}
    with pytest.raises(SetUpError, match="lack ledger, way_in"):
        select_outputs(lacking, NAMES, {})
