"""Migrations run by the real neo4j-migrations on real servers: wholly, once, and in order, or not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from neo4j import GraphDatabase

from models.errors import MigrationFailed, MigrationInDoubt, MigrationsLocked, Refused
from models.migration import MigrationSet
from models.names import DatabaseName
from sandbox.neo4j.migrations import write_launcher
from systems.neo4j.connection import Connection, Credentials
from systems.neo4j.counting import read_counts
from systems.neo4j.errors import WrongCredentials
from systems.neo4j.migration_chain import applied, is_at_work, is_locked, mark
from systems.neo4j.migrations import migrate, validate
from systems.waiting import Pace, wait_for
from tests.systems.neo4j.conftest import CREDENTIALS

pytestmark = pytest.mark.sandbox

TIER = "CREATE CONSTRAINT tier IF NOT EXISTS FOR (t:Tier) REQUIRE t.name IS UNIQUE;\n"
ROWS = "// two; of them\nCREATE (:Tier {name: 'a'});\r\n\r\nCREATE (:Tier {name: 'b',\r\n rank: 2});\r\n"
BAD = "CREATE (:Tier {name: 'c'});\nCREATE (:Tier {name: 'a'});\n"
RANK = "MATCH (t:Tier {name: 'a'}) SET t.rank = coalesce(t.rank, 0) + 1;\n"

KILLED = """
import sys
from models.migration import MigrationSet
from systems.neo4j.connection import Credentials
from systems.neo4j.migrations import migrate

url, password, migrations = sys.argv[1:]
migrate(
    url,
    Credentials("neo4j", password),
    MigrationSet.model_validate_json(migrations),
    owns=True,
    within_seconds=300,
    on_progress=print,
)
"""


@pytest.fixture(autouse=True)
def _program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's neo4j-migrations, as its worker finds it."""
    monkeypatch.setenv("CREDEX_NEO4J_MIGRATIONS", str(write_launcher(tmp_path / "bin")))


def migrations(*texts: str) -> MigrationSet:
    """Files with these texts, of the versions from 1 on."""
    files = {f"V{number}__step.cypher": text.encode() for number, text in enumerate(texts, start=1)}
    return MigrationSet.read(DatabaseName.LEDGER, files)


def run(
    connection: Connection,
    *texts: str,
    owns: bool = True,
    within_seconds: float = 300,
    credentials: Credentials = CREDENTIALS,
) -> list[str]:
    """The versions that ran now."""
    done = migrate(
        connection.url,
        credentials,
        migrations(*texts),
        owns=owns,
        within_seconds=within_seconds,
        on_progress=print,
    )
    return [link.version for link in done]


def names(connection: Connection) -> list[str]:
    return [row["name"] for row in connection.read("MATCH (t:Tier) RETURN t.name AS name ORDER BY name")]


def leftovers(connection: Connection) -> int:
    """Locks and marks."""
    return int(
        connection.read("MATCH (n:__Neo4jMigrationsLock|__CredexMigration) RETURN count(n) AS n")[0]["n"]
    )


@contextmanager
def held_back(connection: Connection) -> Iterator[None]:
    """Whatever writes to the tier a has to wait meanwhile; nothing is committed by this."""
    auth = (CREDENTIALS.user, CREDENTIALS.password)
    with (
        GraphDatabase.driver(str(connection.url), auth=auth) as driver,
        driver.session() as session,
        session.begin_transaction() as transaction,
    ):
        transaction.run("MATCH (t:Tier {name: 'a'}) SET t.name = 'a'").consume()
        yield
        transaction.rollback()


def test_what_is_pending_runs_in_order_and_once(new: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """The chain has our own checksums, and its times; a second run finds nothing to do."""
    files = migrations(TIER, ROWS)
    assert run(new, TIER, ROWS) == ["1", "2"]
    assert names(new) == ["a", "b"]
    assert read_counts(new).labels == {"Tier": 2}
    assert [link.checksum for link in applied(new)] == [file.checksum for file in files.files]
    assert [link.source for link in applied(new)] == ["V1__step.cypher", "V2__step.cypher"]
    assert "V2__step.cypher runs (2 of 2)." in capsys.readouterr().out
    assert run(new, TIER, ROWS) == []
    validate(new.url, CREDENTIALS, files, owns=True, within_seconds=300)
    assert leftovers(new) == 0


def test_a_file_that_fails_half_way_leaves_nothing(old: Connection) -> None:
    """Its first statement is rolled back too, those before it stay; mended, it goes on from there."""
    with pytest.raises(MigrationFailed, match=r"V3__step\.cypher' failed: it writes data that a constraint"):
        run(old, TIER, ROWS, BAD)
    assert names(old) == ["a", "b"]
    assert [link.version for link in applied(old)] == ["1", "2"]
    assert leftovers(old) == 0
    assert run(old, TIER, ROWS, BAD.replace("'a'", "'d'")) == ["3"]
    assert names(old) == ["a", "b", "c", "d"]


def test_a_constraint_that_the_data_violates_is_told_in_numbers(old: Connection) -> None:
    """The program itself says nothing of it."""
    old.write("UNWIND [1, 1, 2, 2, 2, 3] AS i CREATE (:Tier {name: 'secret-' + i})")
    with pytest.raises(MigrationFailed, match=r"Tier\.name cannot be made unique: 5 nodes share 2") as caught:
        run(old, TIER)
    assert "secret" not in str(caught.value)
    assert caught.value.rolled_back
    assert leftovers(old) == 0


def test_what_does_not_fit_the_chain_is_refused_before_anything_runs(old: Connection) -> None:
    """A changed file, a missing one, one that comes too late; nor does a wrong password get further."""
    old.write(
        "CREATE (:__Neo4jMigration {version: 'BASELINE'})-[:MIGRATED_TO {at: datetime()}]->"
        "(:__Neo4jMigration {version: '2', checksum: $checksum})",
        checksum=migrations(TIER, ROWS).files[1].checksum,
    )
    with pytest.raises(Refused, match="comes before V2__step"):
        run(old, TIER, ROWS)
    with pytest.raises(Refused, match="was changed after ledger ran it"):
        run(old, TIER, RANK)
    with pytest.raises(Refused, match="which the commit lacks"):
        run(old, TIER)
    with pytest.raises(WrongCredentials):
        run(old, TIER, ROWS, credentials=Credentials("neo4j", "another-password"))
    assert names(old) == []
    assert leftovers(old) == 0


def test_a_lock_that_was_left_is_removed_by_the_owner_alone(old: Connection) -> None:
    """On a database that others use nobody can tell whose it is."""
    old.write("CREATE (:__Neo4jMigrationsLock {id: 'left', name: 'John Doe'})")
    with pytest.raises(MigrationsLocked, match="has locked bolt://") as caught:
        run(old, TIER, owns=False)
    assert "DELETE l" in caught.value.next_step
    assert is_locked(old)
    assert run(old, TIER) == ["1"]
    assert leftovers(old) == 0


def test_a_run_that_was_killed_leaves_no_program_and_goes_on(old: Connection) -> None:
    """What it was at is rolled back, and takes effect once; its password stood in no command line."""
    old.write("CREATE (:Tier {name: 'a'})")
    files = migrations(RANK).model_dump_json()
    command = [sys.executable, "-c", KILLED, str(old.url), CREDENTIALS.password, files]
    with held_back(old), subprocess.Popen(command, stdout=subprocess.PIPE) as killed:
        assert wait_for(lambda: waiting(old) or None, Pace(120, 0.2))
        lines = [line for line in programs(killed.pid) if "MigrationsCli" in line]
        assert lines
        assert not any(CREDENTIALS.password in line for line in lines)
        killed.kill()
        assert wait_for(lambda: True if not is_at_work(old) else None, Pace(60, 0.2))
    assert run(old, RANK) == ["1"]
    assert old.read("MATCH (t:Tier) RETURN t.rank AS rank") == [{"rank": 1}]
    assert leftovers(old) == 0


def waiting(connection: Connection) -> bool:
    """Whether the migration waits for the tier that is held back."""
    return bool(
        connection.read("SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'MATCH (t:Tier'")
    )


def programs(pid: int) -> list[str]:
    """The command lines below a process."""
    return [" ".join(child.cmdline()) for child in psutil.Process(pid).children(recursive=True)]


def test_a_migration_that_may_have_taken_effect_is_not_repeated(old: Connection) -> None:
    """Killed between its effect and the recording of it, it looks like this; others' writes do so too."""
    old.write("CREATE (:Tier {name: 'a'})")
    mark(old, "1")
    for _ in range(3):
        old.write("CREATE (:Account)")
    with pytest.raises(MigrationInDoubt, match="may have taken effect") as caught:
        run(old, RANK)
    assert "fresh copy" in caught.value.next_step
    assert old.read("MATCH (t:Tier) RETURN t.rank AS rank") == [{"rank": None}]


@pytest.mark.exhaustive
def test_what_takes_too_long_is_interrupted(old: Connection) -> None:
    """It is rolled back, and may run later."""
    old.write("CREATE (:Tier {name: 'a'})")
    with held_back(old), pytest.raises(MigrationFailed, match=r"longer than 0\.1 minutes") as caught:
        run(old, RANK, within_seconds=8)
    assert "longest_minutes" in caught.value.next_step
    assert run(old, RANK) == ["1"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("tenths", range(2, 40, 3))
def test_killed_at_any_moment_it_takes_effect_once(old: Connection, tenths: int) -> None:
    """Or nobody knows, and then that is said."""
    old.write("CREATE (:Tier {name: 'a'})")
    files = migrations(RANK).model_dump_json()
    command = [sys.executable, "-c", KILLED, str(old.url), CREDENTIALS.password, files]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as killed:
        with suppress(subprocess.TimeoutExpired):
            killed.wait(tenths / 10)
        killed.kill()
    try:
        run(old, RANK)
    except MigrationInDoubt:
        assert applied(old) == []
    else:
        assert old.read("MATCH (t:Tier) RETURN t.rank AS rank") == [{"rank": 1}]
        assert leftovers(old) == 0
