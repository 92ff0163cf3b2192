"""neo4j-migrations, the program: where it is, its version, and one run of it. What it says is read elsewhere.

Its output may quote people's data: nobody may be shown it as it is.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import MigrationFailed, SetUpError
from systems.neo4j.bolt_url import BoltUrl
from systems.neo4j.connection import Credentials
from systems.processes.command import Command, Finished, run
from systems.processes.programs import named_program, program_on_path

NAME = "neo4j-migrations"
OLDEST = (2, 17)
"""The oldest version that this was tried with."""

_VARIABLE = "CREDEX_NEO4J_MIGRATIONS"
_FOLDERS = ("~/.sdkman/candidates/neo4jmigrations/current/bin", "/opt/neo4j-migrations/bin", "/usr/local/bin")
_INSTALL = (
    f"Install {NAME} {OLDEST[0]}.{OLDEST[1]} or newer on the worker's PATH (sdk install neo4jmigrations, or "
    f"an archive from github.com/michael-simons/neo4j-migrations/releases), or name it in {_VARIABLE}."
)
_SECRET = "CREDEX_MIGRATION_PASSWORD"  # noqa: S105 - the name of a variable
_INHERITED = ("PATH", "HOME", "JAVA_HOME", "LANG", "TMPDIR")
"""All else stays away from it: it reads variables of its own."""

_GRACE_SECONDS = 30.0
"""At an interrupt it rolls back and gives its lock back."""


class Overdue(MigrationFailed):
    """The time was over, and the program was interrupted: what became of its migration is not known yet."""


@dataclass(frozen=True)
class Tool:
    """The program for one database, whose password goes by its environment and never by its command line."""

    program: Path
    url: BoltUrl
    credentials: Credentials

    def run(self, command: str, folder: Path, within_seconds: float) -> Finished:
        """Run one of its commands on the migrations in a folder; stdout holds all that it said.

        Ends with this process. Raises Overdue when the time is over.
        """
        options = [
            f"--address={self.url}",
            f"--username={self.credentials.user}",
            f"--password:env={_SECRET}",
            "--version-sort-order=SEMANTIC",
            f"--location={folder.as_uri()}",
        ]
        return run(
            Command(
                # The shell joins what it logs to what it prints, in their order, and is replaced by it.
                ["/bin/sh", "-c", 'exec "$0" "$@" 2>&1', str(self.program), *options, command],
                folder,
                _environment() | {_SECRET: self.credentials.password},
                within_seconds,
                NAME,
                Overdue,
                grace_seconds=_GRACE_SECONDS,
            )
        )


def find_tool(environment: Mapping[str, str] = os.environ) -> Path:
    """The program: what CREDEX_NEO4J_MIGRATIONS names, else that on PATH or in a usual folder.

    Raises SetUpError, saying how to install it, where there is none or it is too old.
    """
    found = named_program(_VARIABLE, NAME, environment) or program_on_path(NAME, environment, _FOLDERS)
    if found is None:
        raise SetUpError(f"{NAME} was not found on this machine.", next_step=_INSTALL)
    version = tool_version(found)
    if version < OLDEST:
        raise SetUpError(f"{NAME} {_dotted(version)} at {found} is too old.", next_step=_INSTALL)
    return found


def tool_version(program: Path) -> tuple[int, ...]:
    """Which version it says it is, for example (2, 19, 2). Raises SetUpError if it cannot say."""
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=60, check=True, env=_environment()
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _unlike(program) from error
    found = re.search(rf"{NAME}/(\d+(?:\.\d+)+)", answer.stdout)
    if found is None:
        raise _unlike(program)
    return tuple(int(part) for part in found.group(1).split("."))


def version_in_words(program: Path) -> str:
    """The version as people write it; raises as `tool_version` does."""
    return _dotted(tool_version(program))


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def _unlike(program: Path) -> SetUpError:
    return SetUpError(
        f"{program} does not answer like {NAME} when it is asked its version.", next_step=_INSTALL
    )


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
