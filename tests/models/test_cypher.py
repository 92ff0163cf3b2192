"""Cypher is cut as neo4j-migrations cuts it, and only what surely adds is held to only add."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cypher import checksum, code_of, commits_in_parts, only_adds, split_statements

ADDITIONS = [
    "CREATE CONSTRAINT account_key IF NOT EXISTS FOR (a:Account) REQUIRE a.key IS UNIQUE",
    "create fulltext index names for (n:Member) on each [n.name]",
    "// why\nCREATE RANGE INDEX x FOR (n:Member) ON (n.deleted)",
    "CREATE (:Tier {name: 'DELETE // everything'})",
    "MERGE (t:Tier {name: 'basic'}) ON CREATE SET t.since = date()",
    "MATCH (m:Member) MERGE (m)-[:HAS]->(:Tier {name: 'basic'})",
    "MATCH (m:Member) WHERE m.tier IS NULL SET m.tier = 'basic'",
    "MATCH (m:Member) WHERE m.since > 3 AND m.tier IS NULL SET m.tier = 'basic' RETURN count(m)",
    "UNWIND range(1, 9) AS i /* DELETE */ CREATE (:Slot {number: i})",
    'MATCH (m:Member) CREATE (m)-[:OWNS]->(:`DROP` {name: "it\'s"})',
]
OTHERS = [
    "MATCH (n) DETACH DELETE n",
    "match (n) delete n",
    "MATCH (n) REMOVE n.name",
    "DROP INDEX x",
    "CREATE OR REPLACE DATABASE neo4j",
    "MATCH (m:Member) SET m.handle = toLower(m.handle)",
    "MATCH (m:Member) SET m = {}",
    "MATCH (m:Member) SET m += {name: null}",
    "MATCH (m:Member) SET m:Person",
    "MATCH (m:Member) WHERE m.tier IS NULL SET m.tier = 'basic', m.name = 'x'",
    "MATCH (m:Member) WHERE m.tier IS NULL OR m.old SET m.tier = 'basic'",
    "MATCH (m:Member) WHERE NOT m.tier IS NULL SET m.tier = 'basic'",
    "MATCH (m:Member) WHERE coalesce(m.a AND m.tier IS NULL AND m.b, true) SET m.tier = 'basic'",
    "MATCH (m:Member) SET m.tier = COUNT { MATCH (m) WHERE m.tier IS NULL }",
    "MATCH (m:Member) WHERE m.tier IS NULL WITH m MATCH (m) SET m.tier = 'basic'",
    "MERGE (t:Tier {name: 'basic'}) ON MATCH SET t.name = 'new'",
    "MATCH (m:Member) CALL (m) { SET m.a = 1 } IN TRANSACTIONS",
    "CALL apoc.periodic.commit('MATCH (n) DELETE n')",
    "LOAD CSV FROM 'file:///x' AS row CREATE (:X)",
    "MATCH (n) WHERE n.name = '\\u0027 DELETE n //'",
    "FOREACH (x IN [1] | CREATE (:X))",
    "CREATE USER jane SET PASSWORD 'secret' DROP HOME DATABASE",
    "USE system CREATE (:X)",
    "",
]


@pytest.mark.parametrize("statement", ADDITIONS)
def test_what_only_adds_is_known(statement: str) -> None:
    """Such a migration may be proposed to run in place."""
    assert only_adds(statement)


@pytest.mark.parametrize("statement", OTHERS)
def test_what_may_change_or_take_away_is_not_held_to_add(statement: str) -> None:
    """Whatever is not surely harmless takes the way with a second slot."""
    assert not only_adds(statement)


@given(st.text(), st.sampled_from(["DELETE", "detach delete", "Remove", "drop", "CALL"]), st.text())
def test_a_word_that_takes_away_is_found_wherever_code_stands(before: str, word: str, after: str) -> None:
    """No comment and no text around it can hide it: either it is code, and found, or it is quoted."""
    statement = f"CREATE (a) {before} {word} {after}"
    assert not only_adds(statement) or word not in code_of(statement)


@given(st.lists(st.text("aZ(){}:. ", min_size=1).filter(str.strip), min_size=1))
def test_a_statement_ends_where_a_semicolon_ends_a_line(statements: list[str]) -> None:
    """That is so with the line ends of any system, and the checksum does not depend on them."""
    for end in ("\n", "\r\n"):
        text = "".join(f"{statement};{end}" for statement in statements)
        assert split_statements(text) == [statement.strip() for statement in statements]
        assert checksum(text) == checksum("".join(f"{statement};\n" for statement in statements))


def test_a_statement_that_commits_on_its_way_is_known() -> None:
    """What it did stays although the migration fails."""
    assert commits_in_parts("MATCH (n)\nCALL (n) { SET n.a = 1 }\nIN 100 transactions")
    assert not commits_in_parts("CREATE (:Log {text: 'IN TRANSACTIONS'})")
