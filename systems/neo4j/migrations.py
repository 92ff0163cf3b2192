"""Runs migrations with neo4j-migrations, one file at a time, and believes the database's own chain alone.

One at a time, so that each can be told of, and a run that was killed knows which one it was at.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from models.errors import DeployError, MigrationFailed, Refused
from models.migration import AppliedMigration, MigrationSet
from models.migration_file import MigrationFile, shown
from systems.neo4j.bolt_url import BoltUrl
from systems.neo4j.connection import Connection, Credentials, open_database
from systems.neo4j.migration_chain import applied, mark, take_over, unmark
from systems.neo4j.migration_words import explain
from systems.neo4j.migrations_tool import Overdue, Tool, find_tool
from systems.waiting import Progress


def migrate(
    url: BoltUrl | str,
    credentials: Credentials,
    migrations: MigrationSet,
    *,
    owns: bool,
    within_seconds: float,
    on_progress: Progress,
) -> list[AppliedMigration]:
    """Run what the database has yet to run; gives those, each with its seconds. Safe to run again.

    `owns` says that nobody else uses the database, so that what a killed run left may be removed. Raises
    Refused (nothing was run), MigrationsLocked, MigrationInDoubt, SetUpError, ServiceUnavailable, or
    MigrationFailed for a file that was rolled back, and when the time is over; those before it stay.
    """
    with _at_hand(url, credentials, owns=owns) as (tool, connection, folder):
        pending = migrations.pending(applied(connection))
        run = _Run(tool, connection, folder, within_seconds)
        run.begin([file for file in migrations.files if file not in pending], pending)
        done = []
        for number, file in enumerate(pending, start=1):
            on_progress(f"{file.name} runs ({number} of {len(pending)}).")
            done.append(run.one(file))
            on_progress(f"{file.name} took {done[-1].seconds:.1f} s.")
        return done


def validate(
    url: BoltUrl | str,
    credentials: Credentials,
    migrations: MigrationSet,
    *,
    owns: bool,
    within_seconds: float,
) -> None:
    """Have neo4j-migrations itself compare what the database ran with the files: all of them, unchanged.

    It writes its lock, so not for a database that is read-only. Raises Refused where they differ.
    """
    with _at_hand(url, credentials, owns=owns) as (tool, connection, folder):
        _write(folder, migrations.files)
        if left := migrations.pending(applied(connection)):
            raise Refused(
                f"{migrations.database} has yet to run {shown(left[0].path)}.",
                next_step="Run the migrations first.",
            )
        if migrations.files:
            finished = tool.run("validate", folder, within_seconds)
            if finished.exit_code:
                raise explain(finished.stdout, finished.exit_code, migrations.files[-1], connection)


@contextmanager
def _at_hand(
    url: BoltUrl | str, credentials: Credentials, *, owns: bool
) -> Iterator[tuple[Tool, Connection, Path]]:
    """The program, the database without what a killed run left in it, and a folder for the files."""
    address = url if isinstance(url, BoltUrl) else BoltUrl.parse(url)
    tool = Tool(find_tool(), address, credentials)
    with (
        open_database(address, credentials) as connection,
        tempfile.TemporaryDirectory(prefix="credex-") as folder,
    ):
        take_over(connection, owns=owns)
        yield tool, connection, Path(folder)


class _Run:
    """The files of one run, put into its folder one after the other, within one time for all of them."""

    def __init__(self, tool: Tool, connection: Connection, folder: Path, within_seconds: float) -> None:
        self._tool = tool
        self._connection = connection
        self._folder = folder
        self._within_seconds = within_seconds
        self._deadline = time.monotonic() + within_seconds

    def begin(self, ran: Sequence[MigrationFile], pending: Sequence[MigrationFile]) -> None:
        """Have the program see what ran before, and make the constraints that it keeps its own nodes by.

        They would be made with the first file else, and be mistaken for something that it committed.
        """
        _write(self._folder, ran)
        if pending:
            self._migrate(pending[0])

    def one(self, file: MigrationFile) -> AppliedMigration:
        """Run one file, the others before it being there; gives it as the database recorded it."""
        _write(self._folder, [file])
        mark(self._connection, file.version)
        self._migrate(file)
        unmark(self._connection)
        for link in applied(self._connection):
            if link.version == file.version:
                return link
        raise MigrationFailed(
            f"neo4j-migrations says that it is done, but {shown(file.path)} is not among what ran.",
            next_step="Look at its name and its text: the program passes over what it does not know.",
        )

    def _migrate(self, file: MigrationFile) -> None:
        """Raises what the program said, and leaves the mark where it is not known what became of the file."""
        left = max(self._deadline - time.monotonic(), 0)
        try:
            finished = self._tool.run("migrate", self._folder, left)
        except Overdue:
            raise MigrationFailed(
                f"{shown(file.path)} was interrupted, as all migrations together took longer than "
                f"{self._within_seconds / 60:.1f} minutes.",
                next_step="Make it quicker, or allow it more time: longest_minutes under [migration] in the "
                "environment's file.",
            ) from None
        if finished.exit_code:
            error = explain(finished.stdout, finished.exit_code, file, self._connection)
            if isinstance(error, MigrationFailed) and error.rolled_back:
                with suppress(DeployError):  # a mark that stays is looked at by the next run
                    unmark(self._connection)
            raise error


def _write(folder: Path, files: Sequence[MigrationFile]) -> None:
    for file in files:
        (folder / file.name).write_bytes(file.content.encode())
