"""Counts from the count store are those of the data, without what neo4j-migrations keeps for itself."""

from __future__ import annotations

import pytest

from systems.neo4j.connection import Connection
from systems.neo4j.counting import read_counts
from systems.neo4j.fingerprint import read_fingerprint

pytestmark = pytest.mark.sandbox


def test_the_count_store_and_a_count_agree(connection: Connection) -> None:
    """For nodes with several labels and none, for each type, and for what has become none."""
    connection.write("CREATE CONSTRAINT tier IF NOT EXISTS FOR (t:Tier) REQUIRE t.name IS UNIQUE")
    connection.write("CREATE (:Gone)")
    connection.write("MATCH (g:Gone) DELETE g")
    connection.write(
        "UNWIND range(1, 5) AS i CREATE (a:Member:Person {n: i})-[:OWNS]->(b:Account), (a)-[:KNOWS]->(a), ()"
    )
    read, counts = read_fingerprint(connection), read_counts(connection)
    assert counts.labels == read.labels == {"Member": 5, "Person": 5, "Account": 5}
    assert counts.relationship_types == read.relationship_types == {"OWNS": 5, "KNOWS": 5}
    assert (counts.nodes, counts.relationships) == (15, 10)
    assert (counts.constraints, counts.indexes) == (1, len(read.indexes))


def test_what_belongs_to_the_tool_is_left_out(connection: Connection) -> None:
    """An approver would take it for data."""
    before = read_counts(connection)
    connection.write(
        "CREATE (:__Neo4jMigration {version: 'BASELINE'})-[:MIGRATED_TO]->(:__Neo4jMigration), "
        "(:__Neo4jMigrationsLock), (:__CredexMigration)"
    )
    connection.write(
        "CREATE CONSTRAINT __Neo4jMigrationsLock__has_unique_id IF NOT EXISTS "
        "FOR (l:__Neo4jMigrationsLock) REQUIRE l.id IS UNIQUE"
    )
    assert read_counts(connection) == before
