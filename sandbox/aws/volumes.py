"""The data on EBS volumes and in snapshots: a folder for each, copied when AWS copies.

A snapshot is taken of the folder as it is, running database or not: crash-consistent, as on AWS, though it
takes the state of the moment in which the copy runs, a few tenths of a second after the call.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from moto.ec2.models.elastic_block_store import Snapshot, Volume

from sandbox.aws.backends import LOCK, ec2
from sandbox.aws.mends.snapshot_progress import COMPLETED, PENDING, is_being_filled, mark_ready, source_of

_COPY_ROUNDS = 5
"""A file that vanishes while its folder is copied makes the copy start anew, this many times."""


class VolumesReconciler:
    """Copies what is pending, and deletes the folders of what is deleted."""

    name = "volumes"

    def __init__(self, state_folder: Path) -> None:
        self._volumes = state_folder / "ebs"
        self._snapshots = state_folder / "snapshots"

    def step(self) -> None:
        """Complete pending snapshots, fill new volumes, remove orphaned folders."""
        folders = [*_folders(self._volumes), *_folders(self._snapshots)]
        with LOCK:
            snapshots = list(ec2().snapshots.values())
            volumes = list(ec2().volumes.values())
        for snapshot in snapshots:
            if snapshot.status == PENDING:
                self._complete(snapshot)
        for volume in volumes:
            if is_being_filled(volume):
                self._fill(volume)
        known = {volume.id for volume in volumes} | {snapshot.id for snapshot in snapshots}
        _remove([folder for folder in folders if folder.name not in known])

    def close(self) -> None:
        """Nothing was started."""

    def _complete(self, snapshot: Snapshot) -> None:
        source = source_of(snapshot)
        parent = self._snapshots if source.startswith("snap-") else self._volumes
        _copy(parent / source, self._snapshots / snapshot.id)
        with LOCK:
            snapshot.status = COMPLETED

    def _fill(self, volume: Volume) -> None:
        _copy(self._snapshots / str(volume.snapshot_id), self._volumes / volume.id)
        with LOCK:
            mark_ready(volume)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder whose files may come and go meanwhile; a source without a folder was never written to.

    Raises:
        OSError: the folder did not hold still long enough for any of several attempts.

    """
    for attempt in range(1, _COPY_ROUNDS + 1):
        shutil.rmtree(target, ignore_errors=True)
        try:
            if source.exists():
                shutil.copytree(source, target, symlinks=True)
        except (shutil.Error, FileNotFoundError):
            if attempt == _COPY_ROUNDS:
                raise
        else:
            return


def _folders(parent: Path) -> list[Path]:
    return list(parent.iterdir()) if parent.exists() else []


def _remove(folders: list[Path]) -> None:
    """Delete what was there before the ids were read: a folder made meanwhile belongs to a newer id."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
