"""Jars from Maven's repositories, resolved into the user's cache: once, and wholly or not at all.

Maven resolves where it is installed, else jgo, which needs no Maven. Which jars is for others to say.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from models.errors import SetUpError

RESOLUTION_SECONDS = 900
"""For Maven, from an empty local repository over a slow line."""

Way = Callable[[Path], Path]
"""Resolves, with a folder to work in, and gives the folder with the jars."""

_UNFINISHED = ".unfinished-"


@dataclass(frozen=True)
class Wanted:
    """What is to be resolved: what people call it, the jar that proves it, and the ways by their names."""

    name: str
    proof: str
    ways: dict[str, Way]


def cache_folder() -> Path:
    """Where jars are kept: CREDEX_CACHE_DIR, else the user's cache folder."""
    configured = os.environ.get("CREDEX_CACHE_DIR")
    root = Path(configured) if configured else platformdirs.user_cache_path("credex-deploy")
    return root / "neo4j"


def resolve(wanted: Wanted, jars: Path) -> None:
    """Fill the folder unless it is there; a resolution that is interrupted leaves no half of it.

    Raises SetUpError where no way leads to the jars.
    """
    if jars.is_dir():
        return
    with _alone(jars.parent):
        if jars.is_dir():
            return
        for leftover in jars.parent.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=jars.parent) as scratch:
            _by_any(wanted, Path(scratch)).rename(jars)


def by_maven(pom: str, *goals: str) -> dict[str, Way]:
    """The way by Maven, which puts what the goals copy into one folder; none where it is not installed."""

    def run(scratch: Path) -> Path:
        file, jars = scratch / "pom.xml", scratch / "maven"
        file.write_text(pom)
        options = ["-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
        answer = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(file), *goals, *options],
            capture_output=True,
            text=True,
            timeout=RESOLUTION_SECONDS,
            check=False,
        )
        if answer.returncode:
            raise RuntimeError(answer.stdout.strip() or answer.stderr.strip() or f"exit {answer.returncode}")
        return jars

    return {"Maven": run} if shutil.which("mvn") else {}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the cache's lock; the kernel releases it when its holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _by_any(wanted: Wanted, scratch: Path) -> Path:
    """The folder with the jars, made by the first way that leads there."""
    refusals = []
    for name, way in wanted.ways.items():
        try:
            jars = way(scratch)
        except (OSError, subprocess.SubprocessError, RuntimeError, ValueError) as error:
            refusals.append(f"{name}: {_first_line(error)}")
            continue
        if (jars / wanted.proof).is_file():
            return jars
        refusals.append(f"{name}: gave no {wanted.proof}")
    raise SetUpError(
        f"{wanted.name} cannot be resolved ({'; '.join(refusals)}).",
        next_step="Check that the version exists and that Maven's repositories are reachable "
        "(a mirror is set in ~/.m2/settings.xml), then try again.",
    )


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
