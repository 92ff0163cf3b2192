"""Scenario 3 and the backups from end to end, with data of every type: whatever happens, it stays as it is.

Two runs at once, as each takes minutes: on staging an upgrade and a move that succeed, on development an
upgrade of both databases of which one never comes up.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import pytest
from prefect.exceptions import ObjectNotFound

from models.log import Event, Record
from models.names import DatabaseName, Scenario
from models.release import Release
from systems.aws.database_machine import DatabaseMachine, find_machine
from systems.waiting import Pace, wait_for
from tasks.lock import machines_lock_name
from tests.conftest import RunningSandbox
from tests.scenarios.front_door import Ended, artifact, begin, carry_out, credex, finish, slots_taken
from tests.scenarios.graph import contents, plant, takes_writes_in, with_data
from tests.scenarios.place import Place
from tests.scenarios.visitor import Visits, visiting
from tests.systems.aws.database_cloud import little_space_on

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(1800)]

LEDGER, SEARCH = DatabaseName
OLD, NEW = "5.26.30", "2026.08.1"
PAGECACHE = "server.memory.pagecache.size"
BOLT_PORT = 7687
PATIENCE_SECONDS = 60
"""How long a machine that never comes up is waited for; a good one needs ten seconds here."""


@dataclass(frozen=True)
class Changed:
    """One environment before and after a change of its databases."""

    place: Place
    before: Release
    contents: dict[DatabaseName, list[str]]
    ended: Ended
    visits: Visits

    @property
    def records(self) -> list[Record]:
        """What the log holds of the run."""
        return self.place.records(self.ended.run_id)

    def record(self, event: Event) -> Record:
        """The run's record of this event."""
        return next(record for record in self.records if record.entry.event is event)


def prepare(place: Place) -> tuple[Release, dict[DatabaseName, list[str]]]:
    """Plant the graph in both databases; gives the release and what is in them."""
    with_data(place)
    release = place.release()
    assert release.databases[LEDGER].neo4j_version == OLD
    return release, {database: contents(place, database) for database in DatabaseName}


@contextmanager
def impatient(place: Place) -> Iterator[None]:
    """Have the environment's next runs wait less long for a machine."""
    file = place.sandbox.environments / f"{place.name}.toml"
    text = file.read_text()
    lines = [line for line in text.splitlines() if "start_within_seconds" not in line]
    at = lines.index("[neo4j]") + 1
    file.write_text("\n".join([*lines[:at], f"start_within_seconds = {PATIENCE_SECONDS}", *lines[at:], ""]))
    yield
    file.write_text(text)


@contextmanager
def occupied(place: Place, database: DatabaseName, run_id: UUID) -> Iterator[None]:
    """Take the database's port when Terraform stops its machine, until the run has recorded its failure.

    The fence restarts the database before that, which is not to be in its way.
    """
    host = machine_of(place, database).address

    def take() -> socket.socket | None:
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((host, BOLT_PORT))
            taken.listen()
        except OSError:
            taken.close()
            return None
        return taken

    def hold() -> None:
        wait_for(lambda: _has_come_to(Event.STARTED, place, run_id), Pace(600, interval_seconds=0.2))
        taken = wait_for(take, Pace(600, interval_seconds=0.02))
        if taken is not None:
            with taken:
                wait_for(lambda: _has_come_to(Event.FAILED, place, run_id), Pace(600, interval_seconds=1))

    holder = threading.Thread(target=hold)
    holder.start()
    yield
    holder.join()


def _has_come_to(event: Event, place: Place, run_id: UUID) -> bool | None:
    return any(record.entry.event is event for record in place.records(run_id)) or None


@pytest.fixture(scope="module")
def both(development: Place, staging: Place) -> tuple[Changed, Changed]:
    """The change that succeeds on staging, and the one that fails on development."""
    good, bad = prepare(staging), prepare(development)
    network, _, now = machine_of(staging, LEDGER).address.rpartition(".")
    another = "12" if now != "12" else "13"  # 10 and 11 are the slots' own
    with impatient(development), visiting(staging.outputs().api_url) as visits:
        failing = begin(Scenario.NEO4J_CHANGE, development.name, databases="both", neo4j_version=NEW)
        moving = begin(
            Scenario.NEO4J_CHANGE,
            staging.name,
            databases="ledger",
            neo4j_version=NEW,
            private_address=f"{network}.{another}",
            settings=f"{PAGECACHE}=72m",
        )
        with occupied(development, SEARCH, failing):
            failed = finish(failing)
        moved = finish(moving)
    return (
        Changed(staging, *good, moved, visits),
        Changed(development, *bad, failed, Visits()),
    )


@pytest.fixture(scope="module")
def upgraded(both: tuple[Changed, Changed]) -> Changed:
    """Staging, whose ledger was upgraded, moved and given another setting."""
    return both[0]


@pytest.fixture(scope="module")
def put_back(both: tuple[Changed, Changed]) -> Changed:
    """Development, whose databases were both to be upgraded, and whose search never came up."""
    return both[1]


def test_an_upgraded_and_moved_database_holds_the_same_data(upgraded: Changed) -> None:
    """Every value of every type, on the new version, at the new address; the other database is untouched."""
    place, ended = upgraded.place, upgraded.ended
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    assert {database: contents(place, database) for database in DatabaseName} == upgraded.contents
    release = place.release()
    now = release.databases[LEDGER]
    assert (now.neo4j_version, now.settings) == (NEW, {PAGECACHE: "72m"})
    assert place.outputs().bolt_urls[LEDGER] == f"bolt://{now.private_ip}:{BOLT_PORT}"
    assert release.databases[SEARCH] == upgraded.before.databases[SEARCH]


def test_the_application_serves_throughout_and_knows_the_new_address(upgraded: Changed) -> None:
    """Not one request failed; SSM has the address, and the tasks started after it was written."""
    place = upgraded.place
    assert upgraded.visits.failures == []
    assert len(upgraded.visits.digests) > 10
    parameter = place.environment.secrets[place.environment.databases[LEDGER].url_key].parameter
    stored = place.aws.ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]
    assert stored["Value"] == place.outputs().bolt_urls[LEDGER]
    service = place.service()
    assert service.primary is not None
    assert service.primary.created_at > stored["LastModifiedDate"]
    assert all(takes_writes_in(place, database) for database in DatabaseName)


def test_writes_were_kept_out_from_before_the_backup_until_all_was_compared(upgraded: Changed) -> None:
    """The log tells the order, and names the proven backups."""
    events = [record.entry.event for record in upgraded.records]
    assert events == [Event.FENCED, Event.STARTED, Event.OPENED, Event.SUCCEEDED]
    assert "a write was tried and refused" in upgraded.ended.story
    assert "the restored dump holds the same data" in upgraded.ended.story
    assert set(upgraded.record(Event.SUCCEEDED).entry.backups) == set(DatabaseName)


def test_a_database_that_does_not_come_up_is_put_back_with_its_data(put_back: Changed) -> None:
    """Both run the old version again, which cannot read what the new one had made of the ledger's store."""
    place, ended = put_back.place, put_back.ended
    assert ended.state == "Rolled back", f"{ended.story}\n{ended.message}"
    assert f"search on Neo4j {OLD}, with the data that was in them" in ended.message
    assert {database: contents(place, database) for database in DatabaseName} == put_back.contents
    assert place.log.current_release() == put_back.before
    assert all(takes_writes_in(place, database) for database in DatabaseName)
    assert place.serving()["image_digest"] == put_back.before.image_digest


def test_the_log_says_that_it_was_put_back_and_from_which_backups(put_back: Changed) -> None:
    """The failure, and then the end; nothing was opened in between."""
    events = [record.entry.event for record in put_back.records]
    assert events == [Event.FENCED, Event.STARTED, Event.FAILED, Event.STARTED, Event.ROLLED_BACK]
    assert (
        "search" in put_back.record(Event.FAILED).entry.reason
        or "7687" in put_back.record(Event.FAILED).entry.reason
    )
    assert set(put_back.record(Event.ROLLED_BACK).entry.backups) == set(DatabaseName)
    assert put_back.place.log.verify() == []


def test_a_downgrade_is_refused_before_anything_happens(upgraded: Changed) -> None:
    """The older version could not read the data; nothing is fenced, planned or recorded."""
    place = upgraded.place
    before = place.snapshot()
    ended = carry_out(Scenario.NEO4J_CHANGE, place.name, databases="ledger", neo4j_version=OLD)
    assert ended.state == "Refused"
    assert "older" in ended.message
    assert (place.snapshot(), place.records(ended.run_id)) == (before, [])


def machine_of(place: Place, database: DatabaseName) -> DatabaseMachine:
    """The machine that runs the database."""
    return find_machine(place.aws, place.environment.in_slot(place.release().live), database)


def little_space(place: Place, database: DatabaseName) -> AbstractContextManager[None]:
    """A megabyte is left on the database's volume."""
    return little_space_on(place.sandbox.home / "aws", machine_of(place, database).instance_id)


def test_a_volume_without_room_is_refused_before_anybody_is_asked(put_back: Changed) -> None:
    """Not with writes kept out, where the backup would fail; and it says what to do."""
    place = put_back.place
    before = place.snapshot()
    with little_space(place, SEARCH):
        ended = carry_out(Scenario.NEO4J_CHANGE, place.name, databases="ledger", settings=f"{PAGECACHE}=96m")
    assert ended.state == "Refused"
    assert "search's data volume has 1 MiB free" in ended.message
    assert "xfs_growfs" in ended.message
    assert (place.snapshot(), place.records(ended.run_id)) == (before, [])


def test_what_a_cancelled_change_left_behind_is_cleared_by_asking_for_what_is_there(
    put_back: Changed,
) -> None:
    """Its fence, and the copies of two runs, also where they have left no room for a backup."""
    place = put_back.place
    machine = machine_of(place, LEDGER)
    machine.fence("cancelled", print)
    machine.fence("cancelled-before", print)
    assert not takes_writes_in(place, LEDGER)
    with little_space(place, LEDGER):
        ended = carry_out(Scenario.NEO4J_CHANGE, place.name, databases="ledger", neo4j_version=OLD)
    assert ended.state == "Unchanged", f"{ended.story}\n{ended.message}"
    assert takes_writes_in(place, LEDGER)
    assert machine.status(print).leftovers == []


@dataclass(frozen=True)
class BackedUp:
    """What went on at once: a backup and a deployment of development, and a restore of staging's ledger."""

    backup: Ended
    deployed: Ended
    restored: Ended


@pytest.fixture(scope="module")
def backed_up(put_back: Changed, upgraded: Changed) -> BackedUp:
    """Staging's ledger is restored to what it was before its upgrade."""
    backup, place = upgraded.record(Event.SUCCEEDED).entry.backups[LEDGER], put_back.place
    plant(upgraded.place, LEDGER, "spoilt", count=3)
    image = place.push()
    backing_up = begin(Scenario.BACKUP, place.name)
    restoring = begin(Scenario.RESTORE, upgraded.place.name, database="ledger", backup=backup)
    machines = machines_lock_name(place.environment)
    assert wait_for(lambda: is_taken(machines), Pace(PATIENCE_SECONDS, 0.2)), "the backup never begins"
    deployed = carry_out(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=image.commit)
    return BackedUp(finish(backing_up), deployed, finish(restoring))


def is_taken(limit: str) -> bool | None:
    """Whether a run holds the limit, once one does; the first that takes it makes it."""
    with suppress(ObjectNotFound):
        return slots_taken(limit) == 1 or None
    return None


def test_a_backup_keeps_nobody_from_deploying_the_application(backed_up: BackedUp) -> None:
    """Not even for a moment: what is proven beside a database takes as long as there is data."""
    assert backed_up.deployed.state == "Completed", (
        f"{backed_up.deployed.story}\n{backed_up.deployed.message}"
    )
    assert "Waiting for" not in backed_up.deployed.story


def test_a_restore_brings_back_what_was_and_shows_what_is_lost(
    upgraded: Changed, backed_up: BackedUp
) -> None:
    """What was written since is gone; what is in the other database stays."""
    ended = backed_up.restored
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    place = upgraded.place
    assert {database: contents(place, database) for database in DatabaseName} == upgraded.contents
    shown = artifact(ended.run_id, f"loss-{place.name}")
    assert "| `:Everything` | 53 | 50 | **-3** |" in shown
    assert all(takes_writes_in(place, database) for database in DatabaseName)


def test_a_backup_without_a_pause_is_proven_and_listed(
    put_back: Changed, backed_up: BackedUp, sandbox: RunningSandbox
) -> None:
    """By its snapshot, started beside the database; the command line finds it and checks it once more."""
    ended, place = backed_up.backup, put_back.place
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    (record,) = place.records(ended.run_id)
    name = record.entry.backups[LEDGER]
    listed = credex(sandbox, "backup", "list", "--env", place.name)
    assert listed.out.splitlines()[1].startswith(name), listed
    bucket = place.environment.aws.releases_bucket
    page = place.aws.s3.get_object(Bucket=bucket, Key="report/index.html")["Body"].read().decode()
    assert f"<code>{name}</code>" in page
    wanted = ("--env", place.name, "--database", "ledger")
    assert credex(sandbox, "backup", "verify", name, *wanted).exit_code == 0
    assert f'"id": "{name}"' in credex(sandbox, "backup", "show", name, *wanted).out


def copies_of_volumes(place: Place) -> list[str]:
    """The volumes that were made to look into a snapshot, and are still there."""
    copies = place.aws.ec2.describe_volumes(Filters=[{"Name": "tag:credex:role", "Values": ["neo4j-copy"]}])
    return [volume["VolumeId"] for volume in copies["Volumes"]]


def test_the_drill_restores_the_newest_backups(put_back: Changed, backed_up: BackedUp) -> None:
    """Into scratch servers, with a report, and leaves nothing behind."""
    place = put_back.place
    ended = carry_out(Scenario.RESTORE_DRILL, place.name)
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    report = artifact(ended.run_id, f"restore-drill-{place.name}")
    assert all(database.value in report for database in DatabaseName)
    assert copies_of_volumes(place) == []


def test_a_nightly_backup_is_restored_without_losing_what_it_holds(
    put_back: Changed, backed_up: BackedUp
) -> None:
    """Its snapshot becomes a dump while writes go on; what was spoilt since is gone, and no more."""
    place = put_back.place
    (record,) = place.records(backed_up.backup.run_id)
    plant(place, LEDGER, "spoilt", count=3)
    backup = record.entry.backups[LEDGER]
    ended = carry_out(Scenario.RESTORE, place.name, database="ledger", backup=backup)
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    assert {database: contents(place, database) for database in DatabaseName} == put_back.contents
    assert all(takes_writes_in(place, database) for database in DatabaseName)
    events = [found.entry.event for found in place.records(ended.run_id)]
    assert events == [Event.FENCED, Event.STARTED, Event.OPENED, Event.SUCCEEDED]
    assert copies_of_volumes(place) == []
