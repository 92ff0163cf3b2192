"""The scratch folder in which a plan file, which holds secrets in clear, may be for a moment.

The folder is removed when its `with` block ends. What a killed process left is removed by the next one: each
folder is locked by its owner, and the kernel gives the locks of the dead back.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "plan-"


@contextmanager
def plan_folder(parent: Path) -> Iterator[Path]:
    """A folder for this user alone inside `parent`, removed with all that is in it, whatever happens."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _opened(parent) as whole:
        fcntl.flock(whole, fcntl.LOCK_EX)  # nobody may sweep a folder that is made but not yet locked
        _sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        owned = os.open(folder, os.O_RDONLY)
        fcntl.flock(owned, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(owned)


def sweep(parent: Path) -> list[Path]:
    """Remove the plan folders in `parent` whose owner is dead, and return which they were."""
    if not parent.is_dir():
        return []
    with _opened(parent) as whole:
        fcntl.flock(whole, fcntl.LOCK_EX)
        return _sweep(parent)


def sha256_of(file: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _sweep(parent: Path) -> list[Path]:
    stale = [folder for folder in parent.glob(f"{_PREFIX}*") if _is_abandoned(folder)]
    for folder in stale:
        shutil.rmtree(folder)
    return stale


def _is_abandoned(folder: Path) -> bool:
    try:
        with _opened(folder) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return False  # its owner lives, or has removed it just now
    return True


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
