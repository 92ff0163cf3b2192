"""neo4j-admin without its shell script: dump, load, check, and the first password."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from models.errors import SetUpError
from sandbox.neo4j.configuration import configuration_folder
from sandbox.neo4j.distribution import Distribution, distribution

ADMIN_SECONDS = 60
"""For commands that touch no store."""

_MAIN_CLASS = "org.neo4j.cli.AdminTool"
_MEMORY = ["-XX:+UseSerialGC", "-Xmx512m"]


def admin_command(version: str, home: Path, *arguments: str) -> list[str]:
    """The command line of `neo4j-admin ARGUMENTS`; run it with `admin_environment(home)`.

    The server of that home must be stopped, and its configuration written (by its start, or `configure`).
    Believe no exit code of a dump before its `check`: to a full disk it ends with 0.
    A `--temp-path` must exist already.
    """
    return [*_java(distribution(version), home), _MAIN_CLASS, *arguments]


def admin_environment(home: Path) -> dict[str, str]:
    """This process's environment, with the variables that tell neo4j-admin which server is meant."""
    folder = str(configuration_folder(home))
    return {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": folder, "LC_ALL": "C.UTF-8"}


def set_initial_password(version: str, home: Path, password: str) -> None:
    """Run `dbms set-initial-password`; the password never stands in the process list or on disk.

    The JVM expands argument files itself, so the last arguments come from a file that exists in memory only.
    Raises SetUpError with neo4j-admin's words (its own rules for passwords, for example a minimal length).
    """
    arguments = os.memfd_create("arguments")
    try:
        words = [_MAIN_CLASS, "dbms", "set-initial-password", "--", _literal(password)]
        os.write(arguments, "\n".join(map(_quoted, words)).encode())
        answer = subprocess.run(
            [*_java(distribution(version), home), f"@/proc/self/fd/{arguments}"],
            env=admin_environment(home),
            pass_fds=[arguments],
            capture_output=True,
            text=True,
            timeout=ADMIN_SECONDS,
            check=False,
        )
    finally:
        os.close(arguments)
    if answer.returncode:
        reason = (answer.stderr.strip() or answer.stdout.strip() or "no reason given").replace(
            password, "***"
        )
        raise SetUpError(
            f"The initial password was not accepted: {reason.splitlines()[0]}",
            next_step="Mend what it names; a password has at least eight characters.",
        )


def _java(neo4j: Distribution, home: Path) -> list[str]:
    return [str(neo4j.java), *_MEMORY, f"-Duser.dir={home}", "-cp", neo4j.class_path]


def _literal(password: str) -> str:
    """neo4j-admin would read a word that begins with @ as the name of a file."""
    return f"@{password}" if password.startswith("@") else password


def _quoted(word: str) -> str:
    """One word of a JVM argument file."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
