"""A small graph with a value of every type that Neo4j stores, to be found again after whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from models.names import DatabaseName
from systems.neo4j.connection import Connection, open_database
from systems.neo4j.writing import takes_writes
from tests.scenarios.place import Place

_WRITE = """
UNWIND range(1, $count) AS number
CREATE (a:Everything:Type {
  key: $mark + '-' + toString(number), number: number, ratio: number / 7.0, nothing: 0.0 / 0.0, minus: -0.0,
  yes: number % 2 = 0, text: 'Tariro \U0001f33b ' + toString(number), empty: [], numbers: [1, 2, 3],
  ratios: [0.1, -1.5], texts: ['a', ''], bytes: $bytes, day: date('2026-11-26'),
  time: time('12:30:00.123456789+02:00'), local: localtime('12:30:00.000000001'),
  moment: datetime('2026-11-26T12:30:00.123456789[Africa/Harare]'),
  here: localdatetime('2026-11-26T12:30:00'), span: duration('P1Y2M3DT4.000000005S'),
  flat: point({x: 1.5, y: -2.0}), solid: point({x: 1.0, y: 2.0, z: 3.0}),
  place: point({longitude: 31.05, latitude: -17.83}),
  high: point({longitude: 31.05, latitude: -17.83, height: 1490.0})
})
CREATE (a)-[:SELF {weight: number}]->(a)
CREATE (a)-[:TWICE {nth: 1}]->(b:Alone {number: number}), (a)-[:TWICE {nth: 2}]->(b)
CREATE (:Alone {number: 0})
"""


def plant(place: Place, database: DatabaseName, mark: str, count: int = 50) -> None:
    """Write the graph, with isolated twins, self loops, parallel relationships, and indexes of its own."""
    with _open(place, database) as connection:
        connection.write(_WRITE, mark=mark, count=count, bytes=bytes(range(256)))
        connection.write("CREATE INDEX everything_number IF NOT EXISTS FOR (n:Everything) ON (n.number)")
        connection.write(
            "CREATE CONSTRAINT everything_key IF NOT EXISTS FOR (n:Everything) REQUIRE n.key IS UNIQUE"
        )


def with_data(place: Place) -> Place:
    """The place, once both its databases hold the graph."""
    for database in DatabaseName:
        if not contents(place, database):
            plant(place, database, "planted")
    return place


def contents(place: Place, database: DatabaseName) -> list[str]:
    """All that was planted in a database of the place."""
    with _open(place, database) as connection:
        return contents_of(connection)


def contents_of(connection: Connection) -> list[str]:
    """All that was planted, a line for each node and relationship, with every value and its type."""
    nodes = connection.read(
        "MATCH (n) WHERE n:Everything OR n:Alone RETURN labels(n) AS labels, properties(n) AS properties"
    )
    relationships = connection.read(
        "MATCH (a)-[r:SELF|TWICE]->(b) RETURN a.key AS from, type(r) AS type, "
        "properties(r) AS properties, coalesce(b.key, b.number) AS to"
    )
    return sorted(_line(row) for row in [*nodes, *relationships])


def _line(row: dict[str, object]) -> str:
    return repr({name: _ordered(row[name]) for name in sorted(row)})


def _ordered(value: object) -> object:
    """Properties by name, labels sorted: a server may give them in any order."""
    if isinstance(value, dict):
        return sorted((name, repr(item)) for name, item in value.items())
    return sorted(value) if isinstance(value, list) else value


@contextmanager
def _open(place: Place, database: DatabaseName) -> Iterator[Connection]:
    url = place.outputs().bolt_urls[database]
    with open_database(url, place.credentials(database)) as connection:
        yield connection


def takes_writes_in(place: Place, database: DatabaseName) -> bool:
    """Whether the application could write."""
    with _open(place, database) as connection:
        return takes_writes(connection)
