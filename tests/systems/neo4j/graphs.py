"""Graphs with every type of value that Neo4j keeps: made by hypothesis, and written in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

import pytz
from hypothesis import strategies as st
from neo4j.spatial import CartesianPoint, WGS84Point
from neo4j.time import Date, DateTime, Duration, Time

from systems.neo4j.connection import Connection

Properties = dict[str, Any]


@dataclass(frozen=True)
class Node:
    """What a node holds."""

    labels: tuple[str, ...]
    properties: Properties


@dataclass(frozen=True)
class Edge:
    """A relationship between two nodes, by their places in the graph."""

    start: int
    end: int
    kind: str
    properties: Properties


@dataclass(frozen=True)
class Graph:
    """Nodes and the relationships between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def reordered(self, order: Sequence[int], edges: Sequence[Edge]) -> Graph:
        """The same graph with its nodes and relationships in another order."""
        place = {old: new for new, old in enumerate(order)}
        return Graph(
            tuple(self.nodes[old] for old in order),
            tuple(replace(edge, start=place[edge.start], end=place[edge.end]) for edge in edges),
        )


def clear(connection: Connection) -> None:
    """Leave no node, no constraint and no index but those that every new database has."""
    connection.write("MATCH (n) DETACH DELETE n")
    for row in connection.read("SHOW CONSTRAINTS YIELD name RETURN 'DROP CONSTRAINT ' + name AS drop"):
        connection.write(row["drop"])
    for row in connection.read(
        "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN 'DROP INDEX ' + name AS drop"
    ):
        connection.write(row["drop"])


def write(connection: Connection, graph: Graph) -> None:
    """Make the graph the whole content of the database."""
    connection.write("MATCH (n) DETACH DELETE n")
    rows = connection.write(
        "CYPHER 5 UNWIND $nodes AS node CREATE (n) SET n = node[1], n:$(node[0]) RETURN id(n) AS id",
        nodes=[[list(node.labels), node.properties] for node in graph.nodes],
    )
    ids = [row["id"] for row in rows]
    connection.write(
        "CYPHER 5 UNWIND $edges AS edge MATCH (a) WHERE id(a) = edge[0] MATCH (b) WHERE id(b) = edge[1] "
        "CREATE (a)-[r:$(edge[2])]->(b) SET r = edge[3]",
        edges=[[ids[edge.start], ids[edge.end], edge.kind, edge.properties] for edge in graph.edges],
    )


_dates = st.builds(Date, st.integers(1, 9999), st.integers(1, 12), st.integers(1, 28))
_local_times = st.integers(0, 86_400 * 10**9 - 1).map(Time.from_ticks)
_local = st.builds(
    DateTime,
    st.integers(2, 9998),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.integers(0, 999_999_999),
)
_offsets = st.integers(-18 * 60, 18 * 60).map(pytz.FixedOffset)
_zones = st.sampled_from(["UTC", "Etc/UTC", "Europe/Berlin", "Africa/Harare", "America/St_Johns"])
_coordinates = st.floats(-1e6, 1e6)
_longitudes, _latitudes = st.floats(-180, 180), st.floats(-90, 90)
_int64 = st.integers(-(2**63), 2**63 - 1)

SINGLE_VALUES: list[st.SearchStrategy[Any]] = [
    _int64,
    st.floats(),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    _dates,
    _local_times,
    st.builds(lambda time, zone: time.replace(tzinfo=zone), _local_times, _offsets),
    _local,
    st.builds(lambda local, zone: local.replace(tzinfo=UTC if zone is pytz.UTC else zone), _local, _offsets),
    st.builds(
        lambda local, zone: local.replace(tzinfo=pytz.UTC).as_timezone(pytz.timezone(zone)), _local, _zones
    ),
    st.builds(
        lambda months, days, seconds, nanoseconds: Duration(
            months=months, days=days, seconds=seconds, nanoseconds=nanoseconds
        ),
        *[st.integers(-(2**31), 2**31)] * 3,
        st.integers(-(10**9), 10**9),
    ),
    st.tuples(_coordinates, _coordinates).map(CartesianPoint),
    st.tuples(_coordinates, _coordinates, _coordinates).map(CartesianPoint),
    st.tuples(_longitudes, _latitudes).map(WGS84Point),
    st.tuples(_longitudes, _latitudes, _coordinates).map(WGS84Point),
]
values = st.one_of(
    *SINGLE_VALUES, st.binary(max_size=20), *[st.lists(one, max_size=3) for one in SINGLE_VALUES]
)
properties = st.dictionaries(st.sampled_from(["amount", "name", "due", "a b", "ключ"]), values, max_size=3)
_label_sets = st.sets(st.sampled_from(["Account", "Member", "Credoffer", "a`b"]), max_size=3)
KINDS = ["OWES", "IS_MEMBER", "a kind"]


@st.composite
def graphs(draw: st.DrawFn, *, keyed: bool = False) -> Graph:
    """A small graph; `keyed` nodes all differ, others may be equal to each other in all they hold."""
    nodes = tuple(
        Node(tuple(sorted(draw(_label_sets))), draw(properties) | ({"key": number} if keyed else {}))
        for number in range(draw(st.integers(1, 6)))
    )
    places = st.integers(0, len(nodes) - 1)
    edges = st.builds(Edge, places, places, st.sampled_from(KINDS), properties)
    return Graph(nodes, tuple(draw(st.lists(edges, max_size=8))))
