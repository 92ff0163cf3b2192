"""Snapshots and volumes made from them take time, since their data is copied.

Moto's are complete at once and hold nothing. A new snapshot is `pending`, and a volume made from one is
`creating`, until the sandbox's volumes reconciler has copied the folder behind it. A volume cannot be made
from a snapshot that is not complete.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_block_store import EBSBackend, Snapshot, Volume, VolumeAttachment

from sandbox.aws.mends.mend import Clients, Mend, Seam

PENDING = "pending"
COMPLETED = "completed"
CREATING = "creating"

_stock_init = Snapshot.__init__
_stock_create_volume = EBSBackend.create_volume
_stock_attach_volume = EBSBackend.attach_volume
_stock_copy_snapshot = EBSBackend.copy_snapshot
_stock_status = Volume.status.fget  # type: ignore[attr-defined]


def mark_ready(volume: Volume) -> None:
    """Say that the data of a volume made from a snapshot is there."""
    volume.__dict__.pop("being_filled", None)


def is_being_filled(volume: Volume) -> bool:
    """Tell whether the volume still waits for its data."""
    return bool(volume.__dict__.get("being_filled", False))


def source_of(snapshot: Snapshot) -> str:
    """Return the id of what the snapshot is a copy of: another snapshot, or its volume."""
    return str(snapshot.__dict__.get("copied_from", snapshot.volume.id))


def _patch() -> None:
    Snapshot.__init__ = _init  # type: ignore[method-assign]
    Snapshot.progress = property(_progress)  # type: ignore[assignment, method-assign]
    Volume.status = property(_status)  # type: ignore[assignment, method-assign]
    EBSBackend.create_volume = _create_volume  # type: ignore[method-assign]
    EBSBackend.attach_volume = _attach_volume  # type: ignore[method-assign]
    EBSBackend.copy_snapshot = _copy_snapshot  # type: ignore[method-assign]


def _init(self: Snapshot, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - handed on as they are
    _stock_init(self, *arguments, **settings)
    if self.from_ami is None:
        self.status = PENDING


def _progress(self: Snapshot) -> str:
    return "100%" if self.status == COMPLETED else "0%"


def _status(self: Volume) -> str:
    return CREATING if is_being_filled(self) else str(_stock_status(self))


def _create_volume(self: EBSBackend, *arguments: Any, **settings: Any) -> Volume:  # noqa: ANN401 - handed on
    snapshot_id = settings.get("snapshot_id") or (arguments[2] if len(arguments) > 2 else None)
    if snapshot_id and self.get_snapshot(snapshot_id).status != COMPLETED:
        raise EC2ClientError("IncorrectState", f"Snapshot '{snapshot_id}' is not completed.")
    volume = _stock_create_volume(self, *arguments, **settings)
    if snapshot_id and self.get_snapshot(snapshot_id).from_ami is None:
        volume.__dict__["being_filled"] = True
    return volume


def _attach_volume(
    self: EBSBackend, volume_id: str, instance_id: str, device_path: str, delete_on_termination: bool = False
) -> VolumeAttachment | None:
    if is_being_filled(self.get_volume(volume_id)):
        raise EC2ClientError("IncorrectState", f"{volume_id} is not 'available'.")
    return _stock_attach_volume(self, volume_id, instance_id, device_path, delete_on_termination)


def _copy_snapshot(
    self: EBSBackend, source_snapshot_id: str, source_region: str, description: str, kms_key_id: str | None
) -> Snapshot:
    copy = _stock_copy_snapshot(self, source_snapshot_id, source_region, description, kms_key_id)
    copy.__dict__["copied_from"] = source_snapshot_id
    return copy


def _is_needed(clients: Clients) -> bool:
    ec2 = clients("ec2")
    volume = ec2.create_volume(AvailabilityZone="af-south-1a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)
    return bool(snapshot["State"] != PENDING)


MEND = Mend(
    name="snapshot-progress",
    wrong="Snapshots are complete at once and hold no data.",
    seams=(
        Seam(Snapshot, "__init__", "4ce1b182b3e1"),
        Seam(Snapshot, "progress", "05360a60c88f"),
        Seam(Volume, "status", "6aaaabcf354b"),
        Seam(EBSBackend, "create_volume", "0cd08b060032"),
        Seam(EBSBackend, "attach_volume", "f4e03c1ea35a"),
        Seam(EBSBackend, "create_snapshot", "86b087b64bf4"),
        Seam(EBSBackend, "copy_snapshot", "0805c7be31f1"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
