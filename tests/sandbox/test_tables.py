"""A new sandbox's Prefect gets tables that were made once; a database that is there is nobody else's."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from models.errors import SetUpError
from sandbox.prefect.environment import database_file
from sandbox.prefect.tables import lay_out_tables
from sandbox.settings import SandboxSettings


def settings(home: Path) -> SandboxSettings:
    """A new sandbox there."""
    made = SandboxSettings(home=home)
    made.logs.mkdir(parents=True)
    return made


def runs(sandbox: SandboxSettings) -> int:
    """How many flow runs its database knows."""
    with closing(sqlite3.connect(database_file(sandbox))) as connection:
        found: int = connection.execute("SELECT count(*) FROM flow_run").fetchone()[0]
    return found


@pytest.mark.sandbox
def test_the_second_sandbox_needs_no_prefect_for_its_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor where a copy of them was cut short."""
    monkeypatch.setenv("CREDEX_CACHE_DIR", str(tmp_path / "cache"))
    first, second = settings(tmp_path / "first"), settings(tmp_path / "second")
    lay_out_tables(first)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    unfinished = database_file(second).with_suffix(".unfinished")
    unfinished.parent.mkdir()
    unfinished.write_text("SQLite")
    lay_out_tables(second)
    assert (runs(first), runs(second)) == (0, 0)
    assert not unfinished.exists()


def test_a_database_that_is_there_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDEX_CACHE_DIR", str(tmp_path / "cache"))
    old = settings(tmp_path / "old")
    database_file(old).parent.mkdir()
    database_file(old).write_text("what runs")
    lay_out_tables(old)
    assert database_file(old).read_text() == "what runs"


def test_a_prefect_that_makes_no_tables_is_told_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is kept of it."""
    monkeypatch.setenv("CREDEX_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    new = settings(tmp_path / "new")
    with pytest.raises(SetUpError) as failed:
        lay_out_tables(new)
    assert str(new.logs / "prefect-tables.log") in failed.value.next_step
    assert not database_file(new).exists()
    assert [path.name for path in (tmp_path / "cache" / "prefect").iterdir()] == [".lock"]
