"""Neo4j Community's jars by version, resolved once from Maven's repositories into the user's cache.

Maven resolves where it is installed, else jgo, which needs no Maven. Starting what was resolved is
`sandbox.neo4j.server`'s part.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from pydantic import TypeAdapter, ValidationError

from models.errors import Refused, SetUpError
from models.release import Neo4jVersion
from sandbox.neo4j.java import java_for

RESOLUTION_SECONDS = 900
"""For Maven, from an empty local repository over a slow line."""

_ENTRY_POINT = "META-INF/services/org.neo4j.server.startup.EntryPoint"
_BOLT_SETTINGS = "org/neo4j/configuration/connectors/BoltConnector.class"
_UNFINISHED = ".unfinished-"
_POM = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>credex</groupId><artifactId>neo4j-distribution</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version></dependency>
  </dependencies>
</project>
"""


@dataclass(frozen=True)
class Distribution:
    """One version's jars and the Java that runs them."""

    version: str
    jars: Path
    java: Path

    @property
    def class_path(self) -> str:
        """For `java -cp`; a wildcard, because two hundred paths would hide the rest of the process list."""
        return f"{self.jars}/*"

    @property
    def main_class(self) -> str:
        """The server's main class, which the calendar versions renamed: its jar's service file names it."""
        with zipfile.ZipFile(self.jars / f"neo4j-{self.version}.jar") as jar:
            return jar.read(_ENTRY_POINT).decode().strip()

    @property
    def announces_itself(self) -> bool:
        """Whether this version knows fleet discovery, which tells the local network of every server."""
        with zipfile.ZipFile(self.jars / f"neo4j-configuration-{self.version}.jar") as jar:
            return b"server.fleet_discovery.enabled" in jar.read(_BOLT_SETTINGS)


def cache_folder() -> Path:
    """Where versions are kept: CREDEX_CACHE_DIR, else the user's cache folder."""
    configured = os.environ.get("CREDEX_CACHE_DIR")
    root = Path(configured) if configured else platformdirs.user_cache_path("credex-deploy")
    return root / "neo4j"


def distribution(version: str) -> Distribution:
    """The jars of a version (such as 5.26.30), resolved first where the cache lacks them.

    Raises Refused for what is no Neo4j version, SetUpError where neither Maven nor jgo can resolve it or
    no Java fits.
    """
    try:
        TypeAdapter(Neo4jVersion).validate_python(version)
    except ValidationError:
        raise Refused(
            f"{version!r} is not a Neo4j version.", next_step="Name one such as 5.26.30 or 2026.08.1."
        ) from None
    java = java_for(version)
    jars = cache_folder() / version
    if not jars.is_dir():
        _resolve(version, jars)
    return Distribution(version=version, jars=jars, java=java)


def _resolve(version: str, jars: Path) -> None:
    """Fill the folder in one step, one process at a time: an interrupted resolution leaves no half of it."""
    with _alone(jars.parent):
        if jars.is_dir():
            return
        for leftover in jars.parent.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=jars.parent) as scratch:
            _resolve_by_any(version, Path(scratch)).rename(jars)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the cache's lock; the kernel releases it when its holder dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _resolve_by_any(version: str, scratch: Path) -> Path:
    """The folder with the jars, made by the first resolver that can."""
    refusals = []
    for name, resolver in _resolvers().items():
        try:
            jars = resolver(version, scratch)
        except (OSError, subprocess.SubprocessError, RuntimeError, ValueError) as error:
            refusals.append(f"{name}: {_first_line(error)}")
            continue
        if (jars / f"neo4j-{version}.jar").is_file():
            return jars
        refusals.append(f"{name}: gave no neo4j-{version}.jar")
    raise SetUpError(
        f"Neo4j {version} cannot be resolved ({'; '.join(refusals)}).",
        next_step="Check that the version exists and that Maven's repositories are reachable "
        "(a mirror is set in ~/.m2/settings.xml), then try again.",
    )


def _resolvers() -> dict[str, Callable[[str, Path], Path]]:
    """The ways to resolve on this machine, the preferred first."""
    ways: dict[str, Callable[[str, Path], Path]] = {"Maven": _by_maven} if shutil.which("mvn") else {}
    return ways | {"jgo": _by_jgo}


def _by_maven(version: str, scratch: Path) -> Path:
    pom, jars = scratch / "pom.xml", scratch / "maven"
    pom.write_text(_POM.format(version=version))
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
    command = ["mvn", "-q", "-B", "-f", str(pom), *goal]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=RESOLUTION_SECONDS, check=False)
    if answer.returncode:
        raise RuntimeError(answer.stdout.strip() or answer.stderr.strip() or f"exit {answer.returncode}")
    return jars


def _by_jgo(version: str, scratch: Path) -> Path:
    import jgo  # noqa: PLC0415 - slow to import, and not needed where Maven is

    environment = jgo.build(f"org.neo4j:neo4j:{version}", cache_dir=scratch / "environments")
    jars = scratch / "jgo"
    jars.mkdir()
    for jar in environment.all_jars:
        shutil.copy2(jar, jars)
    return jars


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
