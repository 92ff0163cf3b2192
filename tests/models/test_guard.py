"""The guard judges plans of real Terraform: no dangerous one passes, no harmless one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.allowances import ROLLOUT
from models.guard import Severity, guard, guard_step, refused
from models.names import Scenario
from models.plan import Action, Plan, ResourceChange, ShownValue
from systems.terraform.plan_reader import read_plan

PLANS = Path(__file__).parent.parent / "plans"


def _plan(name: str) -> Plan:
    return read_plan(json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8")))


def _single(**change: object) -> Plan:
    return Plan(
        format_version="1.2", changes=[ResourceChange.model_validate(change)], changes_digest="0" * 64
    )


@pytest.mark.parametrize("name", ["nothing", "create-all", "bucket-imported", "application", "log-retention"])
def test_the_initial_deployment_creates_adopts_and_goes_on_after_a_failure(name: str) -> None:
    """What is missing is created, what the bootstrap made is adopted, what is unprotected may be set."""
    assert refused(guard(_plan(name), Scenario.INITIAL_DEPLOYMENT, first_build=True)) == []


@pytest.mark.parametrize("name", ["nothing", "application", "application-and-count", "count-of-tasks"])
def test_an_application_deployment_changes_task_definition_and_service(name: str) -> None:
    """And nothing is refused of that."""
    assert refused(guard(_plan(name), Scenario.APPLICATION_DEPLOYMENT)) == []


@pytest.mark.parametrize("scenario", [Scenario.INITIAL_DEPLOYMENT, Scenario.APPLICATION_DEPLOYMENT])
@pytest.mark.parametrize(
    ("name", "address", "made_for"),
    [
        ("instance-replaced-by-ami", "aws_instance.neo4j[0]", Scenario.NEO4J_CHANGE),
        ("instance-replaced-by-request", "aws_instance.neo4j[0]", Scenario.NEO4J_CHANGE),
        ("instance-replaced-by-request", "aws_volume_attachment.data", Scenario.NEO4J_CHANGE),
        ("instance-resized", "aws_instance.neo4j[1]", Scenario.NEO4J_CHANGE),
        ("database-version", "aws_instance.neo4j[0]", Scenario.NEO4J_CHANGE),
        ("databases-fewer", "aws_instance.neo4j[1]", None),
        ("volume-deleted", "aws_ebs_volume.data", None),
        ("volume-detached", "aws_volume_attachment.data", None),
        ("volume-forgotten", "aws_ebs_volume.data", None),
        ("volume-moved", "aws_ebs_volume.ledger", None),
        ("bucket-deleted", "aws_s3_bucket.backups", None),
        ("versioning-suspended", "aws_s3_bucket_versioning.backups", None),
        ("service-deleted", "aws_ecs_service.this", None),
    ],
)
def test_data_is_protected_whatever_the_cause(
    scenario: Scenario, name: str, address: str, made_for: Scenario | None
) -> None:
    """The refusal names the address, and the scenario made for it where there is one."""
    findings = {finding.address: finding for finding in refused(guard(_plan(name), scenario))}
    assert address in findings
    assert address in findings[address].reason
    if address != "aws_ecs_service.this":
        assert findings[address].scenario is made_for


@pytest.mark.parametrize("name", ["bucket-imported", "log-retention"])
def test_an_application_deployment_changes_nothing_else(name: str) -> None:
    """Other infrastructure has its own scenario, and the refusal says which."""
    findings = refused(guard(_plan(name), Scenario.APPLICATION_DEPLOYMENT))
    assert {finding.scenario for finding in findings} == {Scenario.INITIAL_DEPLOYMENT}


@pytest.mark.parametrize(
    "scenario", [Scenario.VERIFICATION, Scenario.DRIFT, Scenario.BACKUP, Scenario.RESTORE_DRILL]
)
def test_a_scenario_that_only_looks_may_change_nothing(scenario: Scenario) -> None:
    """Even a harmless change."""
    assert refused(guard(_plan("application"), scenario))
    assert guard(_plan("nothing"), scenario) == []


def test_other_tags_of_a_database_are_worth_a_look() -> None:
    """Labels are no reason for a refusal; tags that say what the machine is to be are."""
    findings = guard(_plan("labels"), Scenario.APPLICATION_DEPLOYMENT)
    assert {finding.severity for finding in findings} == {Severity.WORTH_A_LOOK}
    assert refused(guard(_plan("database-version"), Scenario.APPLICATION_DEPLOYMENT))


def test_a_number_of_tasks_that_changes_with_the_application_is_worth_a_look() -> None:
    """Somebody may have scaled by hand."""
    (finding,) = guard(_plan("application-and-count"), Scenario.APPLICATION_DEPLOYMENT)
    assert finding.severity is Severity.WORTH_A_LOOK
    assert "desired_count" in finding.reason
    assert guard(_plan("application"), Scenario.APPLICATION_DEPLOYMENT) == []


def test_the_rollout_starts_tasks_and_does_nothing_else() -> None:
    """The second step of an initial deployment sets the number of tasks."""
    assert guard_step(_plan("nothing"), "it", ROLLOUT) == []
    assert guard_step(_plan("count-of-tasks"), "it", ROLLOUT) == []
    for name in ("application", "application-and-count", "log-retention", "labels", "databases-fewer"):
        assert guard_step(_plan(name), "it", ROLLOUT), name


@pytest.mark.parametrize("protected", ["aws_instance", "aws_ebs_volume", "aws_s3_bucket", "aws_kms_key"])
def test_a_tainted_resource_is_created_anew_only_if_it_holds_no_data(protected: str) -> None:
    """After a failed creation; a database may be tainted by hand as well."""
    change = {"address": "x.y", "action": Action.REPLACE, "cause": "replace_because_tainted"}
    assert refused(guard(_single(**change, type="aws_lb"), Scenario.INITIAL_DEPLOYMENT)) == []
    assert refused(guard(_single(**change, type=protected), Scenario.INITIAL_DEPLOYMENT))


def test_an_old_object_left_by_a_replacement_may_go_but_not_a_databases() -> None:
    """A deposed object is the other half of a replacement that was interrupted."""
    change = {"address": "x.y", "action": Action.DELETE, "deposed": "abcd"}
    task = _single(**change, type="aws_ecs_task_definition")
    assert refused(guard(task, Scenario.APPLICATION_DEPLOYMENT)) == []
    assert refused(guard(_single(**change, type="aws_ebs_volume"), Scenario.INITIAL_DEPLOYMENT))
    whole = {"address": "x.y", "action": Action.DELETE, "type": "aws_ecs_task_definition"}
    assert refused(guard(_single(**whole), Scenario.APPLICATION_DEPLOYMENT))


def test_a_protected_resource_that_changes_while_it_moves_is_refused() -> None:
    """Neither other tags nor an adoption hide a moved address."""
    change = {
        "address": "x.new",
        "previous_address": "x.old",
        "action": Action.UPDATE,
        "type": "aws_instance",
    }
    assert refused(guard(_single(**change, attributes=["tags.Name"]), Scenario.INITIAL_DEPLOYMENT))


def test_an_update_whose_attributes_are_not_known_is_no_mere_label() -> None:
    """No known difference is not the same as a harmless one."""
    change = {"address": "x.y", "action": Action.UPDATE, "type": "aws_instance", "attributes": []}
    assert refused(guard(_single(**change), Scenario.INITIAL_DEPLOYMENT))


@pytest.mark.parametrize("importing", [True, False])
@pytest.mark.parametrize(
    ("before", "after", "stops"), [("2", "0", True), ("2", "1", False), ("0", "0", False), (None, "0", False)]
)
def test_a_service_that_has_tasks_keeps_them(
    before: str | None, after: str, stops: bool, importing: bool
) -> None:
    """The first plan has no task where none is known of, because an environment's databases come first."""
    change = {
        "address": "aws_ecs_service.api",
        "action": Action.UPDATE,
        "type": "aws_ecs_service",
        "importing": importing,
        "attributes": ["desired_count"],
        "shown": [ShownValue(attribute="desired_count", before=before, after=after)],
    }
    for first_build in (True, False):
        found = refused(guard(_single(**change), Scenario.INITIAL_DEPLOYMENT, first_build=first_build))
        assert ["[adopts]" in finding.next_step for finding in found] == ([True] if stops else [])


def test_what_is_refused_comes_first() -> None:
    """A person reads the worst first."""
    plan = _plan("labels")
    both = plan.model_copy(update={"changes": plan.changes + _plan("volume-deleted").changes})
    severities = [finding.severity for finding in guard(both, Scenario.APPLICATION_DEPLOYMENT)]
    assert severities[0] is Severity.REFUSED
    assert severities[-1] is Severity.WORTH_A_LOOK


def test_the_reason_says_what_would_be_lost_and_who_may() -> None:
    """One sentence for a person."""
    findings = refused(guard(_plan("volume-deleted"), Scenario.APPLICATION_DEPLOYMENT))
    reason = next(finding.reason for finding in findings if finding.address == "aws_ebs_volume.data")
    assert reason == (
        "aws_ebs_volume.data would be destroyed, and with it a database's data, which a plan of "
        "application-deployment may not do; no scenario may do that."
    )
