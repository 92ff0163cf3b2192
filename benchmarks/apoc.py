"""APOC, Neo4j's own library of procedures, on a benchmark's server: its JSON export is what people use."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.neo4j.configuration import configuration_folder
from sandbox.neo4j.resolving import Wanted, jars_folder, resolve, with_dependencies

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


def install(home: Path) -> dict[str, str]:
    """Make APOC part of the server in `home`, which may export to its import folder; gives its settings.

    Raises SetUpError where neither Maven nor jgo can resolve it.
    """
    jars = jars_folder(f"apoc-{VERSION}")
    resolve(Wanted(f"APOC {VERSION}", f"apoc-core-{VERSION}.jar", with_dependencies(*_PARTS)), jars)
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
