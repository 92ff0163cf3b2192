"""What is made once for all sandboxes of a user: by one process at a time, wholly or not at all."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from systems.terraform.cache import cache_dir

_UNFINISHED = ".unfinished-"


def cache_folder(part: str) -> Path:
    """Where things of that kind are kept. Not created here."""
    return cache_dir() / part


def make_once(kept: Path, make: Callable[[Path], Path]) -> None:
    """Make the folder unless it is there; a making that is interrupted leaves no half of it.

    `make` is given an empty folder to work in, and gives the one in it that is to be kept.
    """
    if kept.is_dir():
        return
    with _alone(kept.parent):
        if kept.is_dir():
            return
        for leftover in kept.parent.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=kept.parent) as scratch:
            make(Path(scratch)).rename(kept)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel releases it when its holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
