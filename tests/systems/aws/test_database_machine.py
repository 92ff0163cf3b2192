"""What a database's machine does when asked: fence, dump, prove, restore. Real Neo4j, real scripts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from models.command import CommandFailed
from models.database import DatabaseIdentity
from models.errors import DeployError, Refused, ServiceUnavailable
from models.machine import Dump
from models.names import DatabaseName
from systems.aws.session import Aws
from systems.aws.volume_copies import attach_volume, delete_volume, detach_volume, volume_from_snapshot
from systems.aws.volumes import data_volume, delete_snapshot, snapshot_volume
from systems.neo4j.errors import QueryRefused
from systems.neo4j.identity import read_identity
from systems.waiting import Pace
from tests.systems.aws.database_cloud import LTS, NEWEST, DatabaseCloud, database_cloud

PACE = Pace(deadline_seconds=120, interval_seconds=0.2)

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(900), pytest.mark.exhaustive]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseCloud]:
    """The database holds a constraint, 500 members and what they owe."""
    with database_cloud(tmp_path_factory.mktemp("cloud"), 10, LTS) as cloud:
        with cloud.connection() as ledger:
            ledger.write("CREATE CONSTRAINT FOR (m:Member) REQUIRE m.memberID IS UNIQUE")
            ledger.write("UNWIND range(1, 500) AS i CREATE (:Member {memberID: i})-[:OWES]->(:Account)")
        yield cloud


def identity(cloud: DatabaseCloud, url: str | None = None) -> DatabaseIdentity:
    with cloud.connection(url) as connection:
        return read_identity(connection)


def is_fenced(cloud: DatabaseCloud) -> bool:
    """Whether a write fails, while a read finds the members."""
    with cloud.connection() as ledger:
        assert ledger.read("MATCH (m:Member) RETURN count(m) AS members")[0]["members"] >= 400
        try:
            ledger.write("CREATE (x:Probe) DELETE x")
        except QueryRefused as error:
            return "WriteOnReadOnlyAccessDatabase" in error.problem
        return False


def changed(cloud: DatabaseCloud, dump: Dump, body: bytes) -> Dump:
    """The dump with other bytes in S3, as a record that knows of the change would name it."""
    put = cloud.clients("s3").put_object(Bucket=cloud.bucket, Key=dump.key, Body=body)
    return dump.model_copy(
        update={
            "version_id": put["VersionId"],
            "sha256": hashlib.sha256(body).hexdigest(),
            "size_bytes": len(body),
        }
    )


def test_a_full_volume_is_refused_before_anything_stops(cloud: DatabaseCloud) -> None:
    with (
        cloud.little_space(),
        pytest.raises(Refused, match=r"too full to copy the database: \d+ MiB are needed"),
    ):
        cloud.machine().fence("work-0", print)
    status = cloud.machine().status(print)
    assert (status.service, status.fenced, status.leftovers) == ("active", False, [])
    assert not is_fenced(cloud)


def test_a_database_goes_to_a_newer_neo4j_and_back_to_the_dump_of_the_older(cloud: DatabaseCloud) -> None:
    """Fenced, copied, proven, upgraded, written to, and restored by the version that made the dump."""
    machine, before = cloud.machine(), identity(cloud)
    with (
        cloud.killed('[[ $BASH_COMMAND == "touch \\"\\$fence\\"" ]]'),
        pytest.raises(CommandFailed, match="Killed"),
    ):
        machine.fence("work-1", print)
    machine.fence("work-1", print)
    cloud.wait()
    assert is_fenced(cloud)
    process = cloud.neo4j_process()
    machine.fence("work-1", print)
    assert cloud.neo4j_process() == process, "fenced again without a restart"
    cloud.shell("systemctl restart neo4j")
    cloud.wait()
    assert is_fenced(cloud)

    with pytest.raises(Refused, match="no copy of the database for work-9: fence it first"):
        machine.dump("work-9", "backup-1", print)
    with cloud.little_space(), pytest.raises(Refused, match="too full to make a dump"):
        machine.dump("work-1", "backup-1", print)
    with cloud.without_aws(), pytest.raises(ServiceUnavailable, match=r"S3 did not take the dump: .*onnect"):
        machine.dump("work-1", "backup-1", print)
    dump = machine.dump("work-1", "backup-1", print)
    assert machine.dump("work-1", "backup-1", print) == dump, "made once"
    body = cloud.clients("s3").get_object(Bucket=cloud.bucket, Key=dump.key)["Body"].read()
    assert (hashlib.sha256(body).hexdigest(), len(body), dump.neo4j_version) == (
        dump.sha256,
        dump.size_bytes,
        LTS,
    )

    flipped = bytearray(body)
    flipped[len(body) // 2] ^= 0xFF
    with pytest.raises(DeployError, match=r"have changed: their SHA-256 is"):
        machine.start_scratch(
            changed(cloud, dump, bytes(flipped)).model_copy(update={"sha256": dump.sha256}), print
        )
    for damaged in (bytes(flipped), body[: len(body) // 2]):
        with pytest.raises(DeployError, match="The dump is damaged"):
            machine.restore(changed(cloud, dump, damaged), print)
    with cloud.without_aws(), pytest.raises(ServiceUnavailable, match="S3 did not give s3://"):
        machine.start_scratch(dump, print)
    with pytest.raises(DeployError, match="NoSuch"):
        machine.start_scratch(dump.model_copy(update={"key": "ledger/no/neo4j.dump"}), print)
    assert cloud.neo4j_process() != process
    process = cloud.neo4j_process()

    url = machine.start_scratch(dump, print)
    assert machine.start_scratch(dump, print) == url
    cloud.wait(url=url)
    assert identity(cloud, url).differences(before) == []
    assert cloud.neo4j_process() == process, "the database served on"
    machine.stop_scratch(print)
    machine.stop_scratch(print)

    cloud.start_machine(NEWEST)
    assert is_fenced(cloud)
    assert identity(cloud).differences(before) == []
    cloud.machine().unfence(print)
    cloud.wait(NEWEST)
    assert not is_fenced(cloud)
    with cloud.connection() as ledger:
        ledger.write("MATCH (m:Member) WHERE m.memberID > 400 DETACH DELETE m CREATE (:Wrong)")

    (cloud.data / "read-only").touch()
    cloud.start_machine(LTS, wait=False)
    machine = cloud.machine()
    with (
        cloud.killed('[[ $BASH_COMMAND == "mv \\"\\$incoming\\""* ]]'),
        pytest.raises(CommandFailed, match="Killed"),
    ):
        machine.restore(dump, print)
    assert not (cloud.data / "data").exists(), "killed between the two renames"
    machine.restore(dump, print)
    cloud.wait(LTS)
    assert is_fenced(cloud), "as it was"
    after = identity(cloud)
    assert after.same_lineage(before)
    assert (after.node_count, after.relationship_count) == (before.node_count, before.relationship_count)
    process = cloud.neo4j_process()
    machine.restore(dump, print)
    assert cloud.neo4j_process() == process, "restored once"
    machine.unfence(print)
    cloud.wait()
    assert not is_fenced(cloud)
    (cloud.data / "work" / "of-a-run-that-was-cancelled").mkdir()
    assert set(machine.status(print).leftovers) >= {"work/work-1", "work/of-a-run-that-was-cancelled"}
    machine.discard(print)
    assert machine.status(print).leftovers == []


def test_a_snapshot_of_the_running_database_is_proven_from_a_copy(cloud: DatabaseCloud) -> None:
    """Nothing stops; all may be asked for twice; the copy is gone afterwards, the data volume is not.

    What was written a moment ago is in the copy's log alone, and has to be recovered there.
    """
    with cloud.connection() as ledger:
        ledger.write("CREATE (:JustNow)")
    aws, machine, before = Aws("af-south-1"), cloud.machine(), identity(cloud)
    process = cloud.neo4j_process()
    tags = {"credex:backup": "backup-2"}
    volume = data_volume(aws, cloud.environment.name, DatabaseName.LEDGER)
    assert volume == cloud.volume
    snapshot = snapshot_volume(aws, volume, tags, print, pace=PACE)
    assert snapshot_volume(aws, volume, tags, print, pace=PACE) == snapshot
    copy = volume_from_snapshot(aws, snapshot.snapshot_id, cloud.instance, tags, print, pace=PACE)
    assert volume_from_snapshot(aws, snapshot.snapshot_id, cloud.instance, tags, print, pace=PACE) == copy
    for _ in range(2):
        attach_volume(aws, copy, cloud.instance, print, pace=PACE)
    with pytest.raises(ServiceUnavailable, match="was not closed: start a second server"):
        machine.dump_volume(copy, "backup-2", print)
    url = machine.start_scratch_from_volume(copy, print)
    assert machine.start_scratch_from_volume(copy, print) == url
    cloud.wait(url=url)
    assert identity(cloud, url).differences(before) == []
    with cloud.without_aws(), pytest.raises(ServiceUnavailable, match=r"S3 did not take the dump"):
        machine.dump_volume(copy, "backup-2", print)
    dump = machine.dump_volume(copy, "backup-2", print)
    assert machine.dump_volume(copy, "backup-2", print) == dump, "made once"
    restored = machine.start_scratch(dump, print)
    cloud.wait(url=restored)
    assert identity(cloud, restored).differences(before) == []
    machine.stop_scratch(print)
    for _ in range(2):
        detach_volume(aws, copy, print, pace=PACE)
    for _ in range(2):
        delete_volume(aws, copy)
    with pytest.raises(Refused, match="is not a copy"):
        detach_volume(aws, volume, print)
    with pytest.raises(Refused, match="is not a copy"):
        delete_volume(aws, volume)
    delete_snapshot(aws, snapshot.snapshot_id)
    delete_snapshot(aws, snapshot.snapshot_id)
    assert cloud.neo4j_process() == process
    assert machine.status(print).leftovers == []
