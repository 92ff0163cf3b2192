"""neo4j-migrations is found where it is, its absence is told, and its words become errors that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import (
    DeployError,
    MigrationFailed,
    MigrationsLocked,
    Refused,
    ServiceUnavailable,
    SetUpError,
)
from models.migration_file import MigrationFile
from models.names import DatabaseName
from systems.neo4j.connection import Connection, Credentials, open_database
from systems.neo4j.errors import WrongCredentials
from systems.neo4j.migration_words import explain
from systems.neo4j.migrations_tool import find_tool, tool_version

FILE = MigrationFile.read(DatabaseName.LEDGER, "V003__tiers.cypher", b"CREATE (:Tier);\n")
IN_PARTS = MigrationFile.read(
    DatabaseName.LEDGER, "V003__tiers.cypher", b"MATCH (n) CALL (n) { SET n.a = 1 } IN TRANSACTIONS;\n"
)
FAILED = 'Could not apply migration: 003 ("tiers").\n'
DATA = "Node(3) already exists with label `Member` and property `phone` = '+263 77 1234567'"


def program(folder: Path, version: str) -> Path:
    """A program that answers as neo4j-migrations of that version would."""
    path = folder / "neo4j-migrations"
    path.write_text(f"#!/bin/sh\necho neo4j-migrations/{version}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def nowhere() -> Connection:
    """A connection that nobody may use."""
    with open_database("bolt://192.0.2.1:7687", Credentials("neo4j", "unused-password")) as connection:
        return connection


def test_the_setting_comes_before_path(tmp_path: Path) -> None:
    """Else the first on PATH is taken."""
    named, other = tmp_path / "named", tmp_path / "other"
    for folder in (named, other):
        folder.mkdir()
        program(folder, "2.19.2")
    path = {"PATH": str(other)}
    assert find_tool(path | {"CREDEX_NEO4J_MIGRATIONS": str(named / "neo4j-migrations")}).parent == named
    assert find_tool(path).parent == other
    assert tool_version(other / "neo4j-migrations") == (2, 19, 2)


@pytest.mark.parametrize(
    ("version", "problem"), [("1.13.3", r"1\.13\.3 at .* is too old"), ("x", "does not answer like")]
)
def test_another_version_or_program_is_refused(tmp_path: Path, version: str, problem: str) -> None:
    """Older ones sort versions as words, or know no such option."""
    program(tmp_path, version)
    with pytest.raises(SetUpError, match=problem):
        find_tool({"PATH": str(tmp_path)})


def test_its_absence_is_told_with_the_way_out(tmp_path: Path) -> None:
    """A setting that names nothing does not fall back in silence."""
    with pytest.raises(SetUpError, match="was not found") as caught:
        find_tool({"PATH": str(tmp_path)})
    assert "sdk install neo4jmigrations" in caught.value.next_step
    with pytest.raises(SetUpError, match="no program that can be run"):
        find_tool({"PATH": str(tmp_path), "CREDEX_NEO4J_MIGRATIONS": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("said", "kind", "problem"),
    [
        ("The client is unauthorized due to authentication failure.", WrongCredentials, "may not log in"),
        ("Cannot create __Neo4jMigrationsLock node. Likely", MigrationsLocked, "is locked"),
        ('Checksum of 002 ("b") changed!', Refused, "Migration 002 was changed"),
        ('Unexpected migration at index 1: 001.5 ("b").', Refused, "has run other migrations"),
        (
            "More migrations have been applied to the database than locally resolved.",
            Refused,
            "the commit lacks",
        ),
        ("Unable to connect to 127.0.0.1:1, ensure", ServiceUnavailable, "cannot connect"),
        (
            f"{FAILED}\tNeo.ClientError.Schema.ConstraintValidationFailed: {DATA}",
            MigrationFailed,
            "forbids",
        ),
        (f"{FAILED}\tNeo.ClientError.Statement.SyntaxError: Invalid input 'CREAT'", MigrationFailed, "CREAT"),
        (f"{FAILED}\tNeo.ClientError.Odd.Thing: {DATA}", MigrationFailed, "Neo4j says Neo.ClientError.Odd"),
        (FAILED, MigrationFailed, "gives no reason"),
        (f"Exception in thread main {DATA}", MigrationFailed, "nobody knows why"),
        ("", MigrationFailed, "ended with 1"),
    ],
)
def test_what_it_says_becomes_a_sentence(
    nowhere: Connection, said: str, kind: type[DeployError], problem: str
) -> None:
    """It ends with 1 for everything. No sentence repeats what a message may quote of people's data."""
    found = explain(said, 1, FILE, nowhere)
    assert type(found) is kind
    assert problem in found.problem
    assert "263" not in str(found)
    assert found.next_step.endswith(".")


def test_only_a_fault_of_the_file_is_known_to_be_rolled_back(nowhere: Connection) -> None:
    """Else what failed may have been the recording of a migration that took effect."""
    said = f"{FAILED}\tNeo.ClientError.Statement.ArithmeticError: / by zero"
    unsure = f"{FAILED}\tNeo.TransientError.General.DatabaseUnavailable: gone"
    found = [
        explain(said, 1, FILE, nowhere),
        explain(said, 1, IN_PARTS, nowhere),
        explain(unsure, 1, FILE, nowhere),
    ]
    assert [isinstance(error, MigrationFailed) and error.rolled_back for error in found] == [
        True,
        False,
        False,
    ]
