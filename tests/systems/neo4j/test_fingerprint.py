"""Fingerprints are equal exactly where the data is: on real servers of both versions, with every type."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neo4j import Query
from neo4j.spatial import WGS84Point

from models.fingerprint import Fingerprint
from systems.neo4j import fingerprint
from systems.neo4j.connection import Connection
from systems.neo4j.elements import nodes
from systems.neo4j.encoding import Unreadable, new_packer
from systems.neo4j.fingerprint import read_fingerprint
from tests.systems.neo4j.changes import changes
from tests.systems.neo4j.graphs import Edge, Graph, Node, graphs, write

pytestmark = pytest.mark.sandbox

on_servers = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

SCHEMA = {
    "unique": "CREATE CONSTRAINT unique_key FOR (n:Account) REQUIRE (n.key, n.bank) IS UNIQUE",
    "unnamed": "CREATE CONSTRAINT FOR (n:Member) REQUIRE n.phone IS UNIQUE",
    "unique on relationships": "CREATE CONSTRAINT rel FOR ()-[r:OWES]-() REQUIRE r.number IS UNIQUE",
    "range": "CREATE INDEX FOR (n:Account) ON (n.opened, n.`a b`)",
    "range on relationships": "CREATE INDEX due FOR ()-[r:OWES]-() ON (r.due)",
    "text": "CREATE TEXT INDEX names FOR (n:Account) ON n.name",
    "point": "CREATE POINT INDEX places FOR (n:Account) ON n.place",
    "fulltext": "CREATE FULLTEXT INDEX search FOR (n:Member|Account) ON EACH [n.note, n.name]",
    "vector": "CREATE VECTOR INDEX similar FOR (n:Account) ON n.vector OPTIONS {indexConfig: "
    "{`vector.dimensions`: 3, `vector.similarity_function`: 'cosine'}}",
}
LOOK_ALIKES = [
    *["1", "1.0", "true", "'1'", "[1]", "[1.0]", "['1']", "[]", "''", "0.0", "-0.0", "0"],
    *["9007199254740992", "9007199254740993", "0.0 / 0.0", "1.0 / 0.0", "-1.0 / 0.0"],
    *["'\u00e9'", "'e\u0301'", "'\U0001f600'", "'\\u0000'"],
    *["date('2024-10-27')", "localdatetime('2024-10-27')", "datetime('2024-10-27')", "'2024-10-27'"],
    *[
        "datetime('2024-10-27T00:00[UTC]')",
        "datetime('2024-10-27T00:00[Etc/UTC]')",
        "[datetime('2024-10-27T00:00[UTC]')]",
    ],
    "[datetime('2024-10-27')]",
    "datetime('2024-10-27T02:30:00+01:00[Europe/Berlin]')",
    "datetime('2024-10-27T02:30:00+02:00[Europe/Berlin]')",
    *["datetime('2024-10-27T02:30:00+01:00')", "datetime('2024-10-27T01:30:00Z')"],
    *["localdatetime('2024-10-27T00:00:00.000000001')", "datetime('1850-01-01T00:00[Europe/Berlin]')"],
    *["localtime('12:00')", "time('12:00Z')", "time('12:00+02:00')", "time('13:00+03:00')"],
    *["localtime('12:00:00.000000001')", "duration('P1M')", "duration('P30D')", "duration('PT720H')"],
    *["duration({seconds: -1, nanoseconds: 1})", "duration({seconds: 1, nanoseconds: 1})"],
    *["point({x: 1, y: 2})", "point({longitude: 1, latitude: 2})", "point({x: 1, y: 2, z: 0})"],
    *["point({longitude: 1, latitude: 2, height: 0})", "point({x: 1, y: 2, z: -0.0})", "[1.0, 2.0]"],
]
"""Values that differ, and that one or another way of reading or comparing takes for the same."""


@pytest.mark.parametrize("place", [(-0.0, 1.0), (-0.0, 1.0, 2.0)])
def test_the_sign_of_a_longitude_of_zero_does_not_count(
    old: Connection, new: Connection, place: tuple[float, ...]
) -> None:
    """The older version keeps it and the newer does not: an upgrade would be taken back for it."""
    for connection in (old, new):
        write(connection, Graph((Node((), {"here": WGS84Point(place)}),), ()))
    assert read_fingerprint(new).content_differences(read_fingerprint(old)) == []


@on_servers
@given(data=st.data(), graph=graphs())
def test_neither_order_nor_version_counts(
    old: Connection, new: Connection, data: st.DataObject, graph: Graph
) -> None:
    """The same graph, written in another order on the other version, is the same content."""
    order = data.draw(st.permutations(range(len(graph.nodes))))
    edges = data.draw(st.permutations(graph.edges))
    write(old, graph)
    write(new, graph.reordered(order, edges))
    assert read_fingerprint(new).content_differences(read_fingerprint(old)) == []


@on_servers
@given(data=st.data(), graph=graphs(keyed=True))
def test_any_single_change_counts(
    old: Connection, new: Connection, data: st.DataObject, graph: Graph
) -> None:
    """A value, its type, a label, a type, an end, a direction, a node or a relationship more or less."""
    write(old, graph)
    write(new, data.draw(changes(graph)))
    assert not read_fingerprint(new).same_content(read_fingerprint(old))


def test_values_that_look_alike_do_not_count_as_equal(old: Connection, new: Connection) -> None:
    """Each has a form of its own, and the same on both versions."""
    assignments = ", ".join(f"p{number}: {value}" for number, value in enumerate(LOOK_ALIKES))
    forms = []
    for connection in (old, new):
        connection.write(_statement(f"CREATE ({{{assignments}}})"))
        connection.write("MATCH (n) SET n.bytes = $bytes, n.empty = $empty", bytes=b"1", empty=b"")
        ((_, _, properties),) = next(nodes(connection))
        forms.append({key: new_packer()(value) for key, value in properties.items()})
    assert len(set(forms[0].values())) == len(forms[0]) == len(LOOK_ALIKES) + 2
    assert forms[0] == forms[1]


def test_the_form_is_that_of_the_records_already_kept(old: Connection, new: Connection) -> None:
    """Fingerprints lie in backups' records: with another sum for the same data none could be compared."""
    graph = Graph(
        (Node(("Account",), {"key": 1, "open": True}), Node(("Account", "Member"), {}), Node((), {"x": 0.5})),
        (Edge(0, 1, "OWES", {"amount": 1.5}), Edge(0, 1, "OWES", {"amount": 1.5}), Edge(2, 2, "IS", {})),
    )
    for connection in (old, new):
        write(connection, graph)
        read = read_fingerprint(connection)
        assert (read.labels, read.relationship_types) == ({"Account": 2, "Member": 1}, {"IS": 1, "OWES": 2})
        assert (read.nodes_checksum, read.relationships_checksum) == (
            "95518b82fded94dbaf11cbc783e9f4a7",
            "d5563886f3e53398c79bce3a09eb70ae",
        )


def test_equal_nodes_are_counted_and_told_apart_by_their_neighbours(old: Connection) -> None:
    """Nothing cancels out, and a relationship that moves between two equal nodes is seen."""
    twin, left, right = Node(("Twin",), {}), Node(("Left",), {}), Node(("Right",), {})
    both_on_one = Graph((twin, twin, left, right), (Edge(0, 2, "R", {}), Edge(0, 3, "R", {})))
    variants = [
        Graph((twin,), ()),
        Graph((twin, twin), ()),
        Graph((twin, twin, twin), ()),
        Graph((twin, twin), (Edge(0, 1, "R", {}),)),
        Graph((twin, twin), (Edge(0, 1, "R", {}), Edge(0, 1, "R", {}))),
        Graph((twin, twin), (Edge(0, 1, "R", {}), Edge(1, 0, "R", {}))),
        Graph((twin, twin), (Edge(0, 0, "R", {}), Edge(0, 0, "R", {}))),
        Graph((twin, twin), (Edge(0, 0, "R", {}), Edge(1, 1, "R", {}))),
        both_on_one,
        replace(both_on_one, edges=(Edge(0, 2, "R", {}), Edge(1, 3, "R", {}))),
        replace(both_on_one, edges=(Edge(2, 0, "R", {}), Edge(3, 0, "R", {}))),
        replace(both_on_one, edges=(Edge(2, 0, "R", {}), Edge(3, 1, "R", {}))),
    ]
    assert len({_checksums(old, graph) for graph in variants}) == len(variants)


def test_the_schema_is_the_same_on_both_versions_and_each_part_counts(
    old: Connection, new: Connection
) -> None:
    """Names that a server makes up differ between versions, as do settings of vector indexes."""
    read = [read_fingerprint(old)]
    for statement in SCHEMA.values():
        for connection in (old, new):
            connection.write(_statement(statement))
        read.append(read_fingerprint(old))
        assert read_fingerprint(new).content_differences(read[-1]) == []
        assert len(read[-1].content_differences(read[-2])) == 1
    assert (len(read[-1].constraints), len(read[-1].indexes)) == (3, 2 + 6)


def test_what_is_written_meanwhile_makes_it_prove_nothing(
    old: Connection, new: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads over Bolt are no snapshot. Counts are as before, so that only the last transaction tells."""
    monkeypatch.setattr(fingerprint, "_TELL_EVERY_SECONDS", 0)
    for connection in (old, new):
        connection.write("CREATE ()")
        unsettled = read_fingerprint(connection, partial(_write, connection))
        assert not unsettled.settled
        assert unsettled.content_differences(unsettled)
        assert read_fingerprint(connection).settled


def test_a_value_beyond_the_driver_is_refused_and_not_quoted(old: Connection) -> None:
    """Half a reading proves nothing."""
    old.write("CREATE (:Account {until: date('+123456-01-01')})")
    with pytest.raises(Unreadable, match="years 1 to 9999") as refused:
        read_fingerprint(old)
    assert "123456" not in str(refused.value)


def _write(connection: Connection, _text: str) -> None:
    connection.write("MATCH (n) SET n.x = rand()")


def _checksums(connection: Connection, graph: Graph) -> tuple[str, str]:
    write(connection, graph)
    read: Fingerprint = read_fingerprint(connection)
    return read.nodes_checksum, read.relationships_checksum


def _statement(text: str) -> Query:
    return Query(text)
