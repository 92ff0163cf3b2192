"""neo4j-migrations for the sandbox: its jars, and a program of its name that runs them.

Its parent POM is in no repository, so that its own two jars come by themselves, and what they need by name.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from sandbox.neo4j.java import java_for
from sandbox.neo4j.resolving import Wanted, by_maven, copied_by_jgo, element, jars_folder, resolve

VERSION = "2.19.2"
_NAME = f"neo4j-migrations-{VERSION}"
_JAVA_OF = "5.26"
"""The tool runs on any Java that this Neo4j runs on."""

_MAIN_CLASS = "ac.simons.neo4j.migrations.cli.MigrationsCli"
_JVM_OPTIONS = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"]
_GROUP = "eu.michael-simons.neo4j"
_OWN = ("neo4j-migrations", "neo4j-migrations-cli")
_NEEDED = (
    "org.neo4j.driver:neo4j-java-driver:5.28.15",
    "io.github.classgraph:classgraph:4.8.181",
    "org.neo4j:neo4j-cypher-dsl-schema-name-support:2025.2.7",
    "info.picocli:picocli:4.7.7",
    "org.slf4j:slf4j-simple:2.0.9",
)
_POM = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>credex</groupId><artifactId>neo4j-migrations</artifactId><version>1</version>
  <dependencies>{needed}</dependencies>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
    <configuration><artifactItems>{own}</artifactItems></configuration>
  </plugin></plugins></build>
</project>
"""
_LAUNCHER = """#!/bin/sh
[ -d {jars} ] || {fetch} >&2 || exit 1
exec {java} "$@"
"""


def fetch() -> Path:
    """Resolve the jars where the cache lacks them. Raises SetUpError where neither Maven nor jgo can."""
    ways = by_maven(_pom(), "dependency:copy-dependencies", "dependency:copy") | {"jgo": _by_jgo}
    jars = jars_folder(_NAME)
    resolve(Wanted(f"neo4j-migrations {VERSION}", f"neo4j-migrations-cli-{VERSION}.jar", ways), jars)
    return jars


def write_launcher(folder: Path) -> Path:
    """Write the program, which fetches the jars if they are not there yet; gives its path.

    A shell replaces itself by Java, so that whoever ends the program ends Java.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jars, program = jars_folder(_NAME), folder / "neo4j-migrations"
    java = [str(java_for(_JAVA_OF)), *_JVM_OPTIONS, "-cp", f"{jars}/*", _MAIN_CLASS]
    fetching = [sys.executable, "-m", "sandbox.neo4j", "fetch-migrations"]
    program.write_text(
        _LAUNCHER.format(jars=shlex.quote(str(jars)), fetch=shlex.join(fetching), java=shlex.join(java))
    )
    program.chmod(0o755)
    return program


def _pom() -> str:
    own = [f"{_GROUP}:{name}:{VERSION}" for name in _OWN]
    return _POM.format(
        needed="".join(element("dependency", item) for item in _NEEDED),
        own="".join(element("artifactItem", item) for item in own),
    )


def _by_jgo(scratch: Path) -> Path:
    from jgo.maven import MavenContext  # noqa: PLC0415 - slow to import, and not needed where Maven is

    jars = copied_by_jgo(_NEEDED, scratch)
    context = MavenContext(repo_cache=scratch / "repository")
    for name in _OWN:
        shutil.copy2(context.project(_GROUP, name).at_version(VERSION).artifact().resolve(), jars)
    return jars
