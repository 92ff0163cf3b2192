"""APOC, Neo4j's own library of procedures, on a benchmark's server: its JSON export is what people use."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.neo4j.configuration import configuration_folder
from sandbox.neo4j.resolving import Wanted, by_maven, jars_folder, resolve

VERSION = "5.26.19"
"""The newest in Maven's repositories of those for Neo4j 5.26."""

_PARTS = (
    f"org.neo4j.procedure:apoc-core:{VERSION}",
    f"org.neo4j.procedure:apoc-common:{VERSION}",
    "com.fasterxml.woodstox:woodstox-core:6.7.0",
    "org.apache.commons:commons-collections4:4.4",
    "org.apache.hadoop.thirdparty:hadoop-shaded-guava:1.4.0",
)
"""With what the first two use and do not name as theirs."""

_DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
_POM = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>credex</groupId><artifactId>apoc</artifactId><version>1</version>
  <dependencies>{}</dependencies>
</project>
"""


def install(home: Path) -> dict[str, str]:
    """Make APOC part of the server in `home`, which may export to its import folder; gives its settings.

    Raises SetUpError where neither Maven nor jgo can resolve it.
    """
    jars = jars_folder(f"apoc-{VERSION}")
    pom = _POM.format("".join(_DEPENDENCY.format(*part.split(":")) for part in _PARTS))
    ways = by_maven(pom, "dependency:copy-dependencies") | {"jgo": _by_jgo}
    resolve(Wanted(f"APOC {VERSION}", f"apoc-core-{VERSION}.jar", ways), jars)
    shutil.copytree(jars, home / "plugins")
    import_folder(home).mkdir()
    conf = configuration_folder(home)
    conf.mkdir(exist_ok=True)
    (conf / "apoc.conf").write_text("apoc.export.file.enabled=true\n")
    return {
        "dbms.security.procedures.unrestricted": "apoc.*",
        "server.directories.import": str(import_folder(home)),
    }


def import_folder(home: Path) -> Path:
    """The only folder that APOC writes to."""
    return home / "import"


def _by_jgo(scratch: Path) -> Path:
    import jgo  # noqa: PLC0415 - slow to import, and not needed where Maven is

    environment = jgo.build("+".join(_PARTS), cache_dir=scratch / "environments")
    jars = scratch / "jgo"
    jars.mkdir()
    for jar in environment.all_jars:
        shutil.copy2(jar, jars)
    return jars
