"""The releases on the way of a migration, and what is no migration."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.errors import Refused
from models.history import switched_at
from models.log import GENESIS, Entry, Event, Record
from models.migration import MigrationSet, Pending
from models.migration_plan import MigrationPlan, require_no_standby, require_pending
from models.names import DatabaseName, Scenario, Slot
from models.release import Release
from tests.models.test_slots import BLUE

LEDGER = DatabaseName.LEDGER
FILES = {"V1__one.cypher": b"CREATE (:One);\n", "V2__two.cypher": b"CREATE (:Two);\n"}
PENDING = {LEDGER: Pending(migrations=MigrationSet.read(LEDGER, FILES))}
PLAN = MigrationPlan(
    commit="b" * 40, image_digest=f"sha256:{'b' * 64}", pending=PENDING, rehearsals={}, kept_hours=24
)


def test_the_new_slot_has_no_task_before_it_has_its_data() -> None:
    """Code that meets an empty ledger founds a new economy."""
    prepared, started = PLAN.prepared(BLUE), PLAN.started(BLUE)
    assert prepared.standby is not None
    assert started.standby is not None
    assert (prepared.standby.desired_count, started.standby.desired_count) == (0, BLUE.desired_count)
    assert prepared.side() == started.side() == BLUE.side()


def test_a_migration_ends_with_the_other_slot_live_and_the_old_one_as_it_was() -> None:
    """What it was migrated to is part of the release, so that a rollback past it is seen."""
    ended = PLAN.switched(BLUE)
    assert (ended.live, ended.commit, ended.migrations) == (Slot.GREEN, "b" * 40, {LEDGER: "2"})
    assert ended.standby is not None
    assert ended.standby.kept_hours == PLAN.kept_hours
    assert ended.switched(1).side() == BLUE.side()


def test_an_address_of_its_own_stays_with_the_old_slots_machine() -> None:
    """Two machines cannot have one address."""
    moved = {
        name: database.model_copy(update={"private_ip": "10.30.64.99"})
        for name, database in BLUE.databases.items()
    }
    ended = PLAN.switched(BLUE.model_copy(update={"databases": moved}))
    assert [database.private_ip for database in ended.databases.values()] == [None, None]
    assert ended.standby is not None
    assert ended.standby.databases == moved


def test_a_kept_slot_or_nothing_to_run_is_refused_with_the_way_out() -> None:
    """There are two slots, and an application deployment needs no second one."""
    with pytest.raises(Refused, match="green") as kept:
        require_no_standby(PLAN.prepared(BLUE))
    assert "retirement" in kept.value.next_step
    with pytest.raises(Refused) as nothing:
        require_pending("testing", "b" * 40, {LEDGER: Pending(migrations=MigrationSet(database=LEDGER))})
    assert "application-deployment" in nothing.value.next_step


def good(number: int, release: Release) -> Record:
    """A record of a change that ended well, in the hour of its number."""
    entry = Entry(
        event=Event.SUCCEEDED,
        scenario=Scenario.MIGRATION,
        environment="testing",
        flow_run_id=str(number),
        flow_run_name="a run",
        requester="Ada",
        release=release,
    )
    return Record(
        number=number,
        written_at=datetime(2026, 1, 1, number, tzinfo=UTC),
        previous_hash=GENESIS,
        entry=entry,
    )


def test_the_old_slots_time_runs_from_the_last_switch() -> None:
    """Not from a deployment after it, and not from the first release."""
    switched = PLAN.switched(BLUE)
    deployed = switched.model_copy(update={"desired_count": 5})
    assert switched_at([good(1, BLUE)]) is None
    assert switched_at([good(1, BLUE), good(2, switched), good(3, deployed)]) == good(2, switched).written_at
    back = switched.switched(24)
    assert switched_at([good(1, BLUE), good(2, switched), good(4, back)]) == good(4, back).written_at


def test_what_only_adds_needs_no_second_slot_and_all_else_does() -> None:
    """Whoever asks for it in place is told the way that is open."""
    adds = {"V1__index.cypher": b"CREATE INDEX one IF NOT EXISTS FOR (o:One) ON (o.name);\n"}
    removes = {"V1__gone.cypher": b"MATCH (o:One) DETACH DELETE o;\n"}
    for files, possible in ((adds, True), (removes, False)):
        pending = {LEDGER: Pending(migrations=MigrationSet.read(LEDGER, files))}
        plan = PLAN.model_copy(update={"pending": pending})
        if possible:
            release = plan.in_place(BLUE)
            assert (release.live, release.standby, release.migrations) == (Slot.BLUE, None, {LEDGER: "1"})
        else:
            with pytest.raises(Refused, match="more than add"):
                plan.in_place(BLUE)
