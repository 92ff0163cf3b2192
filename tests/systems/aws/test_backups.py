"""The records of backups: created once, found again, and never more reliable than the bytes they speak of."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from models.backup import Backup, BackupKind, backup_id
from models.errors import Refused
from models.machine import Dump
from models.names import DatabaseName
from systems.aws.backups import SUPERSEDED, BackupStore
from systems.aws.session import Aws
from tests.systems.aws.fingerprints import fingerprint

LEDGER = DatabaseName.LEDGER
BUCKET = "backups"
BEGAN = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
DATA = b"all that is in the ledger" * 1000


@pytest.fixture
def store(aws: Aws) -> BackupStore:
    """An empty, versioned bucket of backups."""
    aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    aws.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return BackupStore(aws, BUCKET)


def backup(nth: int = 0, *, proven: bool = True, run: str = "run") -> Backup:
    """The backup of the nth night."""
    made = BEGAN + timedelta(days=nth)
    name = backup_id(made, "0123456789abcdef")
    key = f"ledger/{name}/neo4j.dump"
    return Backup(
        id=name,
        environment="testing",
        database=LEDGER,
        kind=BackupKind.DUMP,
        dump=Dump(
            database=LEDGER,
            key=key,
            version_id="1",
            size_bytes=len(DATA),
            sha256=hashlib.sha256(DATA).hexdigest(),
            neo4j_version="5.26.30",
        ),
        fingerprint=fingerprint(),
        neo4j_version="5.26.30",
        made_at=made,
        proven_at=made if proven else None,
        flow_run_id=run,
    )


def test_backups_are_found_by_id_and_listed_newest_first(store: BackupStore) -> None:
    """Each database's for itself."""
    assert store.all(LEDGER) == []
    made = [store.add(backup(nth)) for nth in (1, 0, 2)]
    assert store.get(LEDGER, made[0].id) == made[0]
    assert [each.id for each in store.all(LEDGER)] == [made[2].id, made[0].id, made[1].id]
    assert store.all(DatabaseName.SEARCH) == []


def test_an_unknown_id_is_refused_and_the_newest_are_named(store: BackupStore) -> None:
    """Whoever mistypes one sees what there is; where there is none, how to make one."""
    with pytest.raises(Refused, match="start the backup flow"):
        store.get(LEDGER, backup().id)
    known = store.add(backup())
    with pytest.raises(Refused, match=known.id):
        store.get(LEDGER, backup(1).id)


def test_a_record_is_written_once(store: BackupStore) -> None:
    """The run that wrote it finds it again after a kill; another run cannot take its name."""
    first = store.add(backup())
    later = backup().model_copy(update={"made_at": BEGAN + timedelta(minutes=1)})
    assert store.add(later) == first
    with pytest.raises(Refused, match="Another run"):
        store.add(backup(run="another"))


def test_the_newest_proven_backup_is_never_among_those_that_may_expire(store: BackupStore, aws: Aws) -> None:
    """A lifecycle rule expires what has the tag: all but the one that was proven last, and what is in it."""
    old, new = store.add(backup(0)), store.add(backup(1))
    for each in (old, new):
        assert each.dump is not None
        aws.s3.put_object(Bucket=BUCKET, Key=each.dump.key, Body=DATA)
    store.mark_superseded(new)
    tagged = {
        item["Key"]: aws.s3.get_object_tagging(Bucket=BUCKET, Key=item["Key"])["TagSet"]
        for item in aws.s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    }
    assert {key: bool(tags) for key, tags in tagged.items()} == {key: old.id in key for key in tagged}
    assert {tag["Key"] for tags in tagged.values() for tag in tags} == {SUPERSEDED}


def test_an_unproven_backup_is_not_taken_for_a_proven_one(store: BackupStore) -> None:
    """However new it is."""
    proven = store.add(backup(0))
    store.add(backup(1, proven=False))
    assert store.newest_proven(LEDGER) == proven


def test_changed_bytes_have_another_checksum_and_missing_ones_are_refused(
    store: BackupStore, aws: Aws
) -> None:
    """What is compared is what is stored, read in full."""
    one = backup().dump
    assert one is not None
    for looking in (store.stored_sha256, store.require_stored):
        with pytest.raises(Refused, match="is gone"):
            looking(one)
    version = aws.s3.put_object(Bucket=BUCKET, Key=one.key, Body=DATA)["VersionId"]
    store.require_stored(one.model_copy(update={"version_id": version}))
    assert store.stored_sha256(one.model_copy(update={"version_id": version})) == one.sha256
    flipped = aws.s3.put_object(Bucket=BUCKET, Key=one.key, Body=DATA[:-1] + b"x")["VersionId"]
    assert store.stored_sha256(one.model_copy(update={"version_id": flipped})) != one.sha256


def test_a_record_that_was_changed_is_refused(store: BackupStore, aws: Aws) -> None:
    """A backup is restored by what its record says."""
    kept = store.add(backup())
    aws.s3.put_object(Bucket=BUCKET, Key=f"ledger/{kept.id}/backup.json", Body=b'{"id": 1}')
    with pytest.raises(Refused, match="was changed"):
        store.get(LEDGER, kept.id)


def test_a_missing_bucket_is_named(aws: Aws) -> None:
    """With the scenario that makes it."""
    with pytest.raises(Refused, match="no bucket nowhere"):
        BackupStore(aws, "nowhere").all(LEDGER)


def test_a_backup_has_what_it_is_of() -> None:
    """A record without its dump or snapshot could not be restored."""
    with pytest.raises(ValidationError, match="without its artefact"):
        Backup.model_validate({**backup().model_dump(), "dump": None})


def test_a_restore_from_what_is_too_new_or_has_no_dump_yet_is_refused_with_the_way_out() -> None:
    """The first before anybody is asked; the second is for whoever forgets to make the dump."""
    dumped = backup()
    dumped.require_restorable_by("5.26.30")
    dumped.require_restorable_by("2026.08.1")
    with pytest.raises(Refused, match=r"Neo4j 5\.26\.30 wrote the backup .* 5\.26\.29 cannot read it"):
        dumped.require_restorable_by("5.26.29")
    nightly = dumped.model_copy(update={"kind": BackupKind.SNAPSHOT, "dump": None, "snapshot_id": "snap-1"})
    nightly.require_restorable_by("5.26.30")
    with pytest.raises(Refused, match="is of kind snapshot, of which no dump was made yet"):
        nightly.require_dump()
