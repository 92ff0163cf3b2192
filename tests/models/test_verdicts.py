"""Every plan in tests/plans/ against every scenario: no dangerous one passes, no harmless one is refused.

The plans are real JSON of real Terraform; `variants.py` says what each of them does.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.guard import Finding, Severity, guard, refused
from models.names import Scenario
from models.plan import Plan
from models.protection import GuardSettings
from systems.terraform.plan_reader import read_plan
from tests.plans.variants import DANGEROUS, VARIANTS

PLANS = Path(__file__).parent.parent / "plans"

_INITIAL, _NEO4J = Scenario.INITIAL_DEPLOYMENT, Scenario.NEO4J_CHANGE
_DEPLOYING = {
    Scenario.MIGRATION,
    Scenario.APPLICATION_DEPLOYMENT,
    Scenario.HOTFIX,
    Scenario.ROLLBACK,
    _INITIAL,
}

MAY: dict[str, set[Scenario]] = {
    "nothing": set(Scenario),
    "application": _DEPLOYING,
    "application-and-count": _DEPLOYING,
    "count-of-tasks": _DEPLOYING | {Scenario.SCALING},
    "configuration": {Scenario.CONFIGURATION, _NEO4J},
    "labels": _DEPLOYING | {Scenario.CONFIGURATION, _NEO4J},
    "log-retention": {_INITIAL},
    "log-retention-longer": {_INITIAL},
    "backups-kept-longer": {_INITIAL},
    "access-narrower": {_INITIAL},
    "bucket-imported": {_INITIAL},
    "protection-stronger": {_NEO4J},
    "database-version": {_NEO4J},
    "instance-resized": {_NEO4J},
    "volume-grown": {_NEO4J},
    "address-changed": {_NEO4J},
    "instance-replaced-by-ami": {_NEO4J},
    "instance-replaced-by-request": {_NEO4J},
}
"""Which scenarios may do what a harmless plan does."""


OPENS_WHAT_IS_NEW = {"access-by-a-further-rule"}
"""In a first build every rule is a further one, and those that let the public in are shown."""


def _plan(name: str) -> Plan:
    return read_plan(json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8")))


def _looks(findings: list[Finding]) -> str:
    return " ".join(finding.reason for finding in findings if finding.severity is Severity.WORTH_A_LOOK)


def test_each_plan_has_a_verdict() -> None:
    """A plan that is added is judged too; one that is read as incomplete has its own test."""
    files = {file.stem for file in PLANS.glob("*.json")}
    assert files == {*VARIANTS, "create-all"}
    assert set(MAY) | DANGEROUS == files - {"create-all", "targeted"}


@pytest.mark.parametrize("scenario", Scenario)
@pytest.mark.parametrize("name", sorted(MAY))
def test_a_harmless_plan_passes_in_its_own_scenarios_and_in_no_other(name: str, scenario: Scenario) -> None:
    """Whatever else it may pass in is written down above."""
    forbidding = refused(guard(_plan(name), scenario))
    assert (forbidding == []) == (scenario in MAY[name])


@pytest.mark.parametrize("name", sorted(DANGEROUS))
@pytest.mark.parametrize("scenario", Scenario)
def test_a_dangerous_plan_passes_nowhere(name: str, scenario: Scenario) -> None:
    """Nor in a first build, and never because another scenario could do it."""
    plan = _plan(name)
    for first_build in {False, name not in OPENS_WHAT_IS_NEW}:
        worst = refused(guard(plan, scenario, first_build=first_build))
        assert worst
        assert worst[0].severity is Severity.REFUSED
        assert worst[0].scenario is None
        assert worst[0].next_step


def test_an_environment_is_built_from_nothing_and_the_public_part_is_shown() -> None:
    """The same plan later would open what is closed."""
    plan = _plan("create-all")
    assert refused(guard(plan, _INITIAL, first_build=True)) == []
    assert {finding.severity for finding in refused(guard(plan, _INITIAL))} == {Severity.REFUSED}
    for scenario in set(Scenario) - {_INITIAL}:
        assert refused(guard(plan, scenario, first_build=True)), scenario


@pytest.mark.parametrize("name", sorted(OPENS_WHAT_IS_NEW))
def test_what_a_first_build_opens_to_the_public_is_shown(name: str) -> None:
    """The load balancer is meant to be, a database is not."""
    assert "opens TCP port 22 to 0.0.0.0/0" in _looks(guard(_plan(name), _INITIAL, first_build=True))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("instance-replaced-by-ami", "also replaced because of ami"),
        ("instance-replaced-by-request", "though nothing of it changes"),
        ("protection-stronger", "also changes in disable_api_termination"),
    ],
)
def test_what_a_neo4j_change_does_besides_is_worth_a_look(name: str, words: str) -> None:
    """The approver of a new version sees that the machine image changes as well."""
    assert words in _looks(guard(_plan(name), _NEO4J))


@pytest.mark.parametrize("name", ["database-version", "instance-resized", "volume-grown", "address-changed"])
def test_what_a_neo4j_change_is_for_needs_no_words(name: str) -> None:
    """Findings that are always there are read by nobody."""
    assert guard(_plan(name), _NEO4J) == []


@pytest.mark.parametrize(
    ("name", "scenario"), [("count-of-tasks", Scenario.SCALING), ("configuration", Scenario.CONFIGURATION)]
)
def test_nor_does_what_scaling_and_configuration_are_for(name: str, scenario: Scenario) -> None:
    """And a plan that needs one of them is told so."""
    assert guard(_plan(name), scenario) == []
    (first, *_) = refused(guard(_plan(name), Scenario.BACKUP))
    assert first.severity is Severity.NEEDS_OTHER_SCENARIO
    assert first.scenario is scenario
    assert first.next_step == f"Use the scenario {scenario.value} for it."


@pytest.mark.parametrize(
    "name", ["access-from-everywhere", "access-by-a-further-rule", "backups-expire-sooner"]
)
def test_what_somebody_decided_to_weaken_is_shown_instead(name: str) -> None:
    """The environment's file says so, which is reviewed; it makes no scenario do what it is not for."""
    decided = GuardSettings(
        may_weaken=[
            "aws_security_group.database",
            "aws_vpc_security_group_ingress_rule",
            "aws_s3_bucket_lifecycle_configuration",
        ]
    )
    findings = guard(_plan(name), _INITIAL, decided)
    assert refused(findings) == []
    assert _looks(findings)
    assert refused(guard(_plan(name), Scenario.APPLICATION_DEPLOYMENT, decided))


@pytest.mark.parametrize("name", ["volume-shrunk", "volume-swapped", "database-on-own-disk-replaced"])
def test_nobody_can_decide_to_lose_data(name: str) -> None:
    """A line in a file is no backup."""
    decided = GuardSettings(may_weaken=["aws_ebs_volume", "aws_volume_attachment", "aws_instance"])
    for scenario in Scenario:
        assert refused(guard(_plan(name), scenario, decided))


def test_what_the_environment_names_is_protected_though_nobody_knows_its_type() -> None:
    """A tainted one may be made anew in an initial deployment, but not if it holds data."""
    plan = _plan("database-of-unknown-type-replaced")
    tainted = [
        change.model_copy(update={"cause": "replace_because_tainted"})
        if change.type == "terraform_data"
        else change
        for change in plan.changes
    ]
    named = GuardSettings(protected=["terraform_data.elsewhere"])
    again = plan.model_copy(update={"changes": tainted})
    assert refused(guard(again, _INITIAL)) == []
    assert refused(guard(again, _INITIAL, named))


def test_a_name_that_protects_nothing_is_told() -> None:
    """It may be misspelt."""
    findings = guard(_plan("count-of-tasks"), Scenario.SCALING, GuardSettings(protected=["module.databse"]))
    assert [finding.address for finding in findings] == ["module.databse"]
    assert refused(findings) == []
