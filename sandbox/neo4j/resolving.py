"""Jars from Maven's repositories, resolved into the user's cache: once, and wholly or not at all.

Maven resolves where it is installed, else jgo, which needs no Maven. Which jars is for others to say.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from models.errors import SetUpError
from sandbox.cache import cache_folder, make_once

RESOLUTION_SECONDS = 900
"""For Maven, from an empty local repository over a slow line."""

_POM = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>credex</groupId><artifactId>jars</artifactId><version>1</version>
  <dependencies>{}</dependencies>
</project>
"""

Way = Callable[[Path], Path]
"""Resolves, with a folder to work in, and gives the folder with the jars."""


@dataclass(frozen=True)
class Wanted:
    """What is to be resolved: what people call it, the jar that proves it, and the ways by their names."""

    name: str
    proof: str
    ways: dict[str, Way]


def jars_folder(name: str) -> Path:
    """Where the jars of that name are, or will be."""
    return cache_folder("neo4j") / name


def resolve(wanted: Wanted, jars: Path) -> None:
    """Fill the folder unless it is there. Raises SetUpError where no way leads to the jars."""
    make_once(jars, partial(_by_any, wanted))


def with_dependencies(*coordinates: str) -> dict[str, Way]:
    """The ways to jars, each named as GROUP:ARTIFACT:VERSION, with all that these need at run time."""
    pom = _POM.format("".join(element("dependency", item) for item in coordinates))
    return by_maven(pom, "dependency:copy-dependencies") | {"jgo": partial(copied_by_jgo, coordinates)}


def element(name: str, coordinates: str) -> str:
    """How a POM names a jar."""
    group, artifact, version = coordinates.split(":")
    return (
        f"<{name}><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version></{name}>"
    )


def copied_by_jgo(coordinates: Sequence[str], scratch: Path) -> Path:
    """A new folder with the jars and all that these need at run time."""
    import jgo  # noqa: PLC0415 - slow to import, and not needed where Maven is

    environment = jgo.build("+".join(coordinates), cache_dir=scratch / "environments")
    jars = scratch / "jgo"
    jars.mkdir()
    for jar in environment.all_jars:
        shutil.copy2(jar, jars)
    return jars


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
