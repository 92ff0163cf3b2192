"""The SQLite database of a new sandbox's Prefect: a copy of one that has Prefect's tables and nothing else.

Prefect makes its tables by the migrations of all its versions, which takes longer than its start.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

from models.errors import SetUpError
from sandbox.cache import cache_folder, make_once
from sandbox.prefect.environment import database_file, server_variables
from sandbox.prefect.parts import run_prefect
from sandbox.settings import Profile, SandboxSettings


def lay_out_tables(settings: SandboxSettings) -> None:
    """Give Prefect its tables, unless it has a database already.

    Raises SetUpError where Prefect does not make them.
    """
    database = database_file(settings)
    if database.exists():
        return
    kept = cache_folder("prefect") / importlib.metadata.version("prefect")
    make_once(kept, partial(_make_tables, settings.logs / "prefect-tables.log"))
    database.parent.mkdir(parents=True, exist_ok=True)
    unfinished = database.with_suffix(".unfinished")
    shutil.copyfile(kept / database.name, unfinished)
    unfinished.replace(database)


def _make_tables(log: Path, scratch: Path) -> Path:
    settings = SandboxSettings(home=scratch, profile=Profile.SINGLE)
    database = database_file(settings)
    database.parent.mkdir()
    if run_prefect(["server", "database", "upgrade", "--yes"], server_variables(settings), log) != 0:
        raise SetUpError("Prefect did not make its database's tables.", next_step=f"Read {log}.")
    made = scratch / "made"
    made.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM INTO ?", [str(made / database.name)])
    return made
