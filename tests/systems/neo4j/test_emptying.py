"""A database that was filled for a proof is as a new one afterwards."""

from __future__ import annotations

import pytest
from neo4j import Query

from systems.neo4j.connection import Connection
from systems.neo4j.emptying import empty_database
from systems.neo4j.importing import require_empty
from tests.systems.neo4j.test_fingerprint import SCHEMA

pytestmark = pytest.mark.sandbox


def test_nothing_is_left_of_data_and_schema(connection: Connection) -> None:
    """More nodes than one batch, their relationships, and names that have to be quoted."""
    connection.write("UNWIND range(1, 7001) AS i CREATE (n:Account {key: i})-[:OWES]->(n)")
    for statement in SCHEMA.values():
        connection.write(Query(statement))
    connection.write("CREATE INDEX `a ``quoted`` name` FOR (n:Quoted) ON (n.name)")
    empty_database(connection)
    require_empty(connection)
    assert connection.read("MATCH (n) RETURN count(n) AS n") == [{"n": 0}]
