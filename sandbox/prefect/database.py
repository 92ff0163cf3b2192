"""PostgreSQL for a team's Prefect: a server of the sandbox's own on loopback, its data in the home folder.

PostgreSQL refuses root, which then runs it as another user of the machine. No password is on a command line.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from models.errors import SetUpError
from sandbox.parts import Child
from sandbox.settings import HOST, SandboxSettings

PROGRAMS = ("initdb", "postgres", "pg_isready")

FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/local/pgsql/bin",
    "opt/homebrew/opt/postgresql*/bin",
)
"""Where systems keep what they leave off the path."""

OWNERS = ("postgres", "nobody")
"""As whom root runs it: the first of them that the machine has."""

USER = "prefect"


def check_programs() -> None:
    """Look, before anything starts, for PostgreSQL. Raises SetUpError where it is not installed."""
    _programs()


def postgresql(settings: SandboxSettings) -> Child:
    """The server. Raises SetUpError where PostgreSQL is not installed."""
    server = [str(_programs() / "postgres"), "-D", str(_data(settings)), "-p", str(settings.postgres_port)]
    return Child(
        name="PostgreSQL",
        address=f"{HOST}:{settings.postgres_port}",
        health_url=f"tcp://{HOST}:{settings.postgres_port}",
        command=[*_as_owner(), *server, "-h", HOST, "-c", "unix_socket_directories="],
        env=_environment(),
        log=settings.logs / "postgresql.log",
        stop_signal=signal.SIGINT,  # SIGTERM waits for clients to leave
    )


def database_url(settings: SandboxSettings) -> str:
    """Where Prefect's server finds its database, password included: for its environment alone."""
    return f"postgresql+asyncpg://{USER}:{_password(settings)}@{HOST}:{settings.postgres_port}/postgres"


def database_answers(settings: SandboxSettings) -> bool:
    """Whether the server takes connections, recovery after a kill included."""
    asked = [str(_programs() / "pg_isready"), "-q", "-h", HOST, "-p", str(settings.postgres_port)]
    return subprocess.run(asked, check=False).returncode == 0


def prepare_database(settings: SandboxSettings) -> None:
    """Make the data folder unless it is there, for the user who runs the server.

    Raises SetUpError where that user cannot reach it.
    """
    data = _data(settings)
    if (data / "PG_VERSION").exists():
        return
    _make_folder(data.parent)
    secret = data.parent / "password"
    secret.touch(mode=0o600)
    secret.write_text(_password(settings))
    _give_to_owner(secret)
    command = [str(_programs() / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={secret}"]
    made = subprocess.run(
        [*_as_owner(), *command, "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "-N"],
        env=_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    secret.unlink()
    if made.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        raise SetUpError(
            f"PostgreSQL could not make its data folder: {made.stderr.strip()[-300:]}",
            next_step="Correct that, or start without it: CREDEX_SANDBOX_PROFILE=single.",
        )


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _give_to_owner(folder)
    if subprocess.run([*_as_owner(), "test", "-w", str(folder)], cwd="/", check=False).returncode != 0:
        raise SetUpError(
            f"PostgreSQL refuses to run as root, and the user {_owner()} cannot reach {folder}.",
            next_step="Choose a home that others may pass through (CREDEX_SANDBOX_HOME), or do not be root.",
        )


def _data(settings: SandboxSettings) -> Path:
    return settings.home / "postgresql" / "data"


def _password(settings: SandboxSettings) -> str:
    """The sandbox's own, made up once; readable by this user alone."""
    path = settings.home / "postgresql.password"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(24))
    return path.read_text()


def _programs() -> Path:
    """The folder of PostgreSQL's programs, the newest; raises SetUpError where there is none."""
    on_path = shutil.which("initdb")
    usual = sorted((found for pattern in FOLDERS for found in Path("/").glob(pattern)), reverse=True)
    for folder in ([Path(on_path).resolve().parent] if on_path else []) + usual:
        if all((folder / program).exists() for program in PROGRAMS):
            return folder
    raise SetUpError(
        "The sandbox in the shape of a team needs PostgreSQL, and there is none on this machine.",
        next_step="Install it (Debian: apt install postgresql), or start with CREDEX_SANDBOX_PROFILE=single.",
    )


def _owner() -> str | None:
    """Whom root runs it as; None where this user is not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in OWNERS if name in known), None)


def _as_owner() -> list[str]:
    """Become that user, and end with the supervisor all the same: a change of user forgets that it should."""
    owner = _owner()
    if owner is None:
        return []
    group = pwd.getpwnam(owner).pw_gid
    return ["setpriv", f"--reuid={owner}", f"--regid={group}", "--init-groups", "--pdeathsig", "KILL", "--"]


def _give_to_owner(path: Path) -> None:
    owner = _owner()
    if owner is not None:
        entry = pwd.getpwnam(owner)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _environment() -> dict[str, str]:
    """Nothing of other databases' (`PG*` variables) or of other languages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}
