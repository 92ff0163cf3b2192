"""A saved plan comes back exactly as it went in, to nobody else, and is gone after use."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from models.errors import StalePlan
from systems.aws.plan_store import PlanStore
from systems.aws.session import Aws

BUCKET = "releases-of-testing"
SECRET = b"the password is hunter2 "
CLEAR = SECRET * 1000
SHA256 = hashlib.sha256(CLEAR).hexdigest()


@pytest.fixture
def store(aws: Aws, bucket: str, key_alias: str) -> PlanStore:
    return PlanStore(aws, bucket, key_alias, "testing")


@pytest.fixture
def key(store: PlanStore, tmp_path: Path) -> str:
    path = tmp_path / "made.tfplan"
    path.write_bytes(CLEAR)
    return store.put(path, flow_run_id="run", sha256=SHA256)


def _object(aws: Aws, key: str) -> bytes:
    return aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def test_a_plan_comes_back_as_it_was_readable_by_its_owner_alone(
    store: PlanStore, key: str, tmp_path: Path
) -> None:
    path = store.get(key, SHA256, tmp_path)
    assert path.parent == tmp_path
    assert path.read_bytes() == CLEAR
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_of_the_plan_is_stored_in_clear(aws: Aws, key: str) -> None:
    assert key == f"plans/run/{SHA256}.bin"
    assert SECRET not in _object(aws, key)


def test_the_same_plan_kept_twice_is_kept_once(aws: Aws, store: PlanStore, key: str, tmp_path: Path) -> None:
    before = _object(aws, key)
    assert store.put(tmp_path / "made.tfplan", flow_run_id="run", sha256=SHA256) == key
    assert _object(aws, key) == before


def test_a_file_that_is_not_the_one_planned_is_not_kept(store: PlanStore, tmp_path: Path) -> None:
    path = tmp_path / "other.tfplan"
    path.write_bytes(b"other")
    with pytest.raises(StalePlan):
        store.put(path, flow_run_id="run", sha256=SHA256)


@pytest.mark.parametrize("position", [0, 14, 60, 200, -1])
def test_any_changed_byte_is_found(
    aws: Aws, store: PlanStore, key: str, tmp_path: Path, position: int
) -> None:
    changed = bytearray(_object(aws, key))
    changed[position] ^= 1
    aws.s3.put_object(Bucket=BUCKET, Key=key, Body=bytes(changed))
    with pytest.raises(StalePlan, match="not the one that was made"):
        store.get(key, SHA256, tmp_path)
    assert not list(tmp_path.glob(f"{SHA256}*"))


def test_a_truncated_plan_is_found(aws: Aws, store: PlanStore, key: str, tmp_path: Path) -> None:
    for length in (0, 5, 15, 30, 170):
        aws.s3.put_object(Bucket=BUCKET, Key=key, Body=_object(aws, key)[:length])
        with pytest.raises(StalePlan, match="not the one that was made"):
            store.get(key, SHA256, tmp_path)


def test_a_plan_of_one_environment_does_not_open_in_another(aws: Aws, key: str, tmp_path: Path) -> None:
    with pytest.raises(StalePlan):
        PlanStore(aws, BUCKET, "alias/testing", "production").get(key, SHA256, tmp_path)


def test_a_plan_does_not_open_under_another_digest(store: PlanStore, key: str, tmp_path: Path) -> None:
    with pytest.raises(StalePlan):
        store.get(key, "0" * 64, tmp_path)


def test_a_used_plan_is_gone_with_all_its_versions(
    aws: Aws, store: PlanStore, key: str, tmp_path: Path
) -> None:
    store.delete(key)
    with pytest.raises(StalePlan, match="gone"):
        store.get(key, SHA256, tmp_path)
    left = aws.s3.list_object_versions(Bucket=BUCKET, Prefix="plans/")
    assert "Versions" not in left
    assert "DeleteMarkers" not in left
    store.delete(key)
