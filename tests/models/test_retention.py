"""Old snapshots go, and never one that somebody might have to restore from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.backup import Backup, BackupKind, backup_id
from models.machine import Dump
from models.names import DatabaseName
from models.retention import OwnSnapshot, expired_snapshots
from tests.systems.aws.fingerprints import fingerprint

NOW = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
KEEP = timedelta(days=35)


def backup(days_ago: int, kind: BackupKind, *, proven: bool) -> Backup:
    """A backup of so many days ago, with the snapshot of the same name."""
    made = NOW - timedelta(days=days_ago)
    name = backup_id(made, "0123456789abcdef")
    dump = Dump(
        database=DatabaseName.LEDGER,
        key=f"ledger/{name}/neo4j.dump",
        version_id="1",
        size_bytes=1,
        sha256="0" * 64,
        neo4j_version="5.26.30",
    )
    return Backup(
        id=name,
        environment="testing",
        database=DatabaseName.LEDGER,
        kind=kind,
        dump=dump if kind is BackupKind.DUMP else None,
        snapshot_id=f"snap-{days_ago}",
        fingerprint=fingerprint(),
        neo4j_version="5.26.30",
        made_at=made,
        proven_at=made if proven else None,
        flow_run_id="run",
    )


def snapshot(of: Backup) -> OwnSnapshot:
    """Taken a minute before the backup was recorded."""
    return OwnSnapshot(
        snapshot_id=str(of.snapshot_id), backup=of.id, started_at=of.made_at - timedelta(minutes=1)
    )


def gone(snapshots: list[OwnSnapshot], backups: list[Backup]) -> set[str]:
    return {one.snapshot_id for one in expired_snapshots(snapshots, backups, NOW, KEEP)}


def test_what_is_old_and_superseded_goes_whether_it_was_recorded_or_not() -> None:
    """A run that failed before its record, and a record that the bucket let expire, leave snapshots too."""
    backups = [backup(days, BackupKind.SNAPSHOT, proven=True) for days in (1, 30, 40, 50)]
    snapshots = [snapshot(one) for one in backups]
    assert gone(snapshots, backups) == {"snap-40", "snap-50"}
    assert gone(snapshots, backups[:1]) == {"snap-40", "snap-50"}


def test_the_newest_proven_one_stays_however_old_it_is() -> None:
    """No other was made since, or none that is proven."""
    old = [backup(days, BackupKind.SNAPSHOT, proven=True) for days in (100, 200)]
    unproven = backup(1, BackupKind.SNAPSHOT, proven=False)
    assert gone([snapshot(one) for one in [*old, unproven]], [*old, unproven]) == {"snap-200"}


def test_the_snapshot_beside_a_dump_is_no_proven_one() -> None:
    """Nobody has started a server on it: the last one that was proven stays beside it."""
    dumped = backup(1, BackupKind.DUMP, proven=True)
    nightly = [backup(days, BackupKind.SNAPSHOT, proven=True) for days in (60, 70)]
    assert gone([snapshot(one) for one in [dumped, *nightly]], [dumped, *nightly]) == {"snap-70"}


def test_nothing_goes_where_nothing_is_proven() -> None:
    """Whatever there is may be all that there is."""
    backups = [backup(days, BackupKind.SNAPSHOT, proven=False) for days in (1, 100)]
    assert gone([snapshot(one) for one in backups], backups) == set()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 300), st.sampled_from([BackupKind.DUMP, BackupKind.SNAPSHOT]), st.booleans()
        ),
        unique_by=lambda one: one[0],
        max_size=12,
    )
)
def test_what_goes_is_always_old_and_older_than_a_proven_one_that_stays(
    made: list[tuple[int, BackupKind, bool]],
) -> None:
    """Whatever was made when, and whatever of it is proven."""
    backups = [backup(days, kind, proven=proven) for days, kind, proven in made]
    snapshots = [snapshot(one) for one in backups]
    removed = gone(snapshots, backups)
    stay = [one for one in backups if one.snapshot_id not in removed]
    for one in (one for one in backups if one.snapshot_id in removed):
        assert NOW - one.made_at >= KEEP
        assert any(other.proven_at and other.made_at > one.made_at for other in stay)
    for kind in BackupKind:
        proven = [one for one in backups if one.proven_at and one.kind is kind]
        if kind is BackupKind.SNAPSHOT and proven:
            assert any(one in stay for one in proven)
