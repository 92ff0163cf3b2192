"""An export comes back from S3 as it was stored, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from models.errors import Refused
from models.export import Export
from models.names import DatabaseName
from systems.aws.backups import BackupStore
from systems.aws.exports import ExportStore, Filled
from systems.aws.session import Aws
from tests.systems.aws.fingerprints import fingerprint

LEDGER = DatabaseName.LEDGER
BACKUP = "20261127-020304-0a1b2c3d"


def _export(path: Path, content: bytes = b"all of it") -> Export:
    path.write_bytes(content)
    return Export(
        fingerprint=fingerprint(),
        neo4j_version="5.26.30",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def test_an_export_comes_back_in_the_version_that_was_stored(aws: Aws, bucket: str, tmp_path: Path) -> None:
    """Whatever was stored under its name since."""
    store = ExportStore(aws, bucket)
    stored = store.put(LEDGER, BACKUP, tmp_path / "one", _export(tmp_path / "one"))
    store.put(LEDGER, BACKUP, tmp_path / "two", _export(tmp_path / "two", b"something else"))
    BackupStore(aws, bucket).fetch(stored, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"all of it"
    assert (stored.key, stored.size_bytes) == (f"ledger/{BACKUP}/neo4j.export", 9)


def test_an_export_whose_bytes_have_changed_or_are_gone_is_refused(
    aws: Aws, bucket: str, tmp_path: Path
) -> None:
    """By its key, with what to do."""
    store = ExportStore(aws, bucket)
    stored = store.put(LEDGER, BACKUP, tmp_path / "one", _export(tmp_path / "one"))
    other = store.put(LEDGER, BACKUP, tmp_path / "two", _export(tmp_path / "two", b"something else"))
    with pytest.raises(Refused, match="have changed"):
        BackupStore(aws, bucket).fetch(
            stored.model_copy(update={"version_id": other.version_id}), tmp_path / "back"
        )
    aws.s3.delete_object(Bucket=bucket, Key=stored.key, VersionId=stored.version_id)
    with pytest.raises(Refused, match="is gone"):
        BackupStore(aws, bucket).fetch(stored, tmp_path / "back")


def test_without_a_bucket_nothing_is_stored(aws: Aws, tmp_path: Path) -> None:
    """And what is missing is named."""
    with pytest.raises(Refused, match="no bucket nowhere-at-all for backups"):
        ExportStore(aws, "nowhere-at-all").put(LEDGER, BACKUP, tmp_path / "one", _export(tmp_path / "one"))


def test_the_note_of_what_is_being_filled_is_of_one_database(aws: Aws, bucket: str) -> None:
    """It says none before it was written, and again after."""
    store = ExportStore(aws, bucket)
    assert store.noted(LEDGER) == Filled()
    store.note(LEDGER, Filled(database_id="one"))
    assert store.noted(LEDGER) == Filled(database_id="one")
    assert store.noted(DatabaseName.SEARCH) == Filled()
    store.note(LEDGER, Filled())
    assert store.noted(LEDGER) == Filled()
