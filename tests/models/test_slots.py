"""Two slots in one release: what Terraform is told, and what a plan may do to which of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.allowances import STANDBY_START, SWITCH
from models.environment import OutputNames
from models.errors import SetUpError
from models.guard import guard, guard_step, refused
from models.names import DatabaseName, Scenario, Slot
from models.outputs import select_standby
from models.plan import Action, Plan, ResourceChange
from models.release import Database, Release, Side
from models.slots import slot_of

DATABASES = {name: Database(neo4j_version="5.26.30", instance_type="r6i.large") for name in DatabaseName}
BLUE = Release(
    environment="testing",
    commit="a" * 40,
    image_digest=f"sha256:{'a' * 64}",
    desired_count=2,
    databases=DATABASES,
)
NEW = Side(
    commit="b" * 40,
    image_digest=f"sha256:{'b' * 64}",
    desired_count=2,
    databases=DATABASES,
    migrations={DatabaseName.LEDGER: "2"},
)
VOLUMES = {
    Slot.BLUE: 'module.databases.aws_ebs_volume.data["ledger"]',
    Slot.GREEN: 'module.databases.aws_ebs_volume.data["ledger-green"]',
}


def plan_of(address: str, action: Action, attributes: list[str] | None = None) -> Plan:
    """A plan with this one change."""
    resource_type = address.split(".")[-2]
    change = ResourceChange(address=address, type=resource_type, action=action, attributes=attributes or [])
    return Plan(format_version="1.2", changes=[change], changes_digest="0" * 64)


def test_a_release_without_a_second_slot_tells_terraform_of_none() -> None:
    """A root module that knows no slots goes on as it is."""
    assert BLUE.terraform_variables().keys() == {
        "environment",
        "commit",
        "image_digest",
        "desired_count",
        "databases",
        "configuration_versions",
    }


def test_the_way_from_one_slot_to_the_other_keeps_what_each_slot_is() -> None:
    """On the way the blue slot's resources are asked for as they were, to the letter."""
    beside = BLUE.beside(NEW)
    divided, switched = beside.divided(10), beside.switched(24)
    assert beside.terraform_variables() | BLUE.terraform_variables() == beside.terraform_variables()
    assert divided.terraform_variables()["traffic_weights"] == {"blue": 90, "green": 10}
    assert switched.terraform_variables()["traffic_weights"] == {"green": 100, "blue": 0}
    assert (switched.live, switched.side()) == (Slot.GREEN, NEW)
    assert switched.terraform_variables()["standby"] == BLUE.side().side_variables()
    assert Release.model_validate_json(switched.model_dump_json()) == switched


def test_switching_twice_is_back_where_it_was() -> None:
    """But for the slot that is kept beside it."""
    twice = BLUE.beside(NEW).switched(24).switched(24)
    assert twice.model_copy(update={"standby": None}) == BLUE
    with pytest.raises(ValueError, match="no slot"):
        BLUE.switched(24)


@pytest.mark.parametrize(
    ("address", "slot"),
    [
        (VOLUMES[Slot.BLUE], Slot.BLUE),
        (VOLUMES[Slot.GREEN], Slot.GREEN),
        ('module.service.aws_ecs_service.this["green"]', Slot.GREEN),
        ('module.storage.aws_s3_bucket.this["state"]', None),
        ("module.configuration.aws_kms_key.this", None),
        ('aws_instance.neo4j["ledger-green"].x', None),
        ('aws_instance.neo4j["ledger-red"]', None),
    ],
)
def test_a_resource_belongs_to_the_slot_that_its_key_names(address: str, slot: Slot | None) -> None:
    """What is keyed otherwise belongs to none, and so to no migration."""
    assert slot_of(address) is slot


@given(st.text())
def test_no_address_but_a_known_key_belongs_to_a_slot(text: str) -> None:
    """A key that merely holds a slot's name is none."""
    known = {"blue", "green", "ledger", "search", "ledger-green", "search-green"}
    if text not in known:
        assert slot_of(f'x.y["{text}"]') is None or text.rpartition('["')[2] in known


@pytest.mark.parametrize("live", Slot)
def test_only_the_slot_that_is_not_live_is_built_and_removed(live: Slot) -> None:
    """Whichever is live: its volumes are nobody's to create anew or to destroy."""
    standby = live.other
    for scenario, action in (
        (Scenario.MIGRATION, Action.CREATE),
        (Scenario.RETIREMENT, Action.DELETE),
    ):
        mine, others = (plan_of(VOLUMES[slot], action) for slot in (standby, live))
        assert refused(guard(mine, scenario, standby=standby)) == []
        assert refused(guard(others, scenario, standby=standby))
        assert refused(guard(mine, scenario)), "without a slot that is known to be idle nothing may"


@pytest.mark.parametrize("scenario", sorted(set(Scenario) - {Scenario.RETIREMENT}))
@pytest.mark.parametrize("slot", Slot)
def test_no_other_scenario_removes_a_slots_volume(scenario: Scenario, slot: Slot) -> None:
    """A migration does not either: it only adds."""
    assert refused(guard(plan_of(VOLUMES[slot], Action.DELETE), scenario, standby=slot))


def test_a_switch_changes_the_listener_and_nothing_else() -> None:
    """Neither its certificate nor a service goes along."""
    listener = "module.service.aws_lb_listener.forward"
    turned = plan_of(listener, Action.UPDATE, ["default_action[0].forward[0].target_group[0].weight"])
    assert guard_step(turned, "the switch", SWITCH) == []
    for forbidden in (
        plan_of(listener, Action.UPDATE, ["certificate_arn"]),
        plan_of(listener, Action.REPLACE),
        plan_of('module.service.aws_ecs_service.this["green"]', Action.UPDATE, ["desired_count"]),
    ):
        assert refused(guard_step(forbidden, "the switch", SWITCH, standby=Slot.GREEN))


def test_starting_the_new_slot_touches_its_own_number_of_tasks_alone() -> None:
    """The live service keeps its tasks."""
    count = ["desired_count"]
    for slot, well in ((Slot.GREEN, True), (Slot.BLUE, False)):
        plan = plan_of(f'module.service.aws_ecs_service.this["{slot}"]', Action.UPDATE, count)
        assert (guard_step(plan, "the start", STANDBY_START, standby=Slot.GREEN) == []) is well


def test_a_root_without_slots_says_so() -> None:
    """Before a migration asks anything else of it."""
    with pytest.raises(SetUpError, match="no standby slot"):
        select_standby({"ecs_cluster_name": "c"}, OutputNames())
