"""Neo4j Community's jars by version. Starting what was resolved is `sandbox.neo4j.server`'s part."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from models.errors import Refused
from models.release import Neo4jVersion
from sandbox.neo4j.java import java_for
from sandbox.neo4j.resolving import Wanted, jars_folder, resolve, with_dependencies

_ENTRY_POINT = "META-INF/services/org.neo4j.server.startup.EntryPoint"
_BOLT_SETTINGS = "org/neo4j/configuration/connectors/BoltConnector.class"


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
    jars = jars_folder(version)
    ways = with_dependencies(f"org.neo4j:neo4j:{version}")
    resolve(Wanted(f"Neo4j {version}", f"neo4j-{version}.jar", ways), jars)
    return Distribution(version=version, jars=jars, java=java)
