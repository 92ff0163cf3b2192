"""All nodes and all relationships, streamed as they are stored.

`id()` is used, and not `elementId()`: it is a number, and Cypher 5 keeps it on all versions. It serves only
to find a relationship's ends again within the same reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, LiteralString

from neo4j.time import DateTime

from systems.neo4j.connection import Connection
from systems.neo4j.encoding import RegionUtc, Unreadable

# The driver gives the zone named UTC and the offset Z as one, and drops the seconds of an offset: the server
# names the properties that hold such a value, with the zones of all their values.
_ZONES: LiteralString = """
[key IN keys(element) WHERE any(value IN
   CASE WHEN element[key] IS :: ZONED DATETIME NOT NULL OR element[key] IS :: ZONED TIME NOT NULL
          THEN [element[key]]
        WHEN element[key] IS :: LIST<ZONED DATETIME NOT NULL> NOT NULL
          OR element[key] IS :: LIST<ZONED TIME NOT NULL> NOT NULL
          THEN element[key]
        ELSE [] END
   WHERE value.timezone = 'UTC' OR (size(value.timezone) = 9 AND value.timezone =~ '[+-][0-9:]*'))
 | [key, CASE WHEN element[key] IS :: LIST<ANY> THEN [value IN element[key] | value.timezone]
              ELSE element[key].timezone END]]
"""
_NODES: LiteralString = (
    "CYPHER 5 MATCH (element) RETURN id(element), labels(element), properties(element), " + _ZONES
)
_RELATIONSHIPS: LiteralString = (
    "CYPHER 5 MATCH (start)-[element]->(end) "
    "RETURN id(start), id(end), type(element), properties(element), " + _ZONES
)

Properties = dict[str, Any]
NodeRow = tuple[int, list[str], Properties]
RelationshipRow = tuple[int, int, str, Properties]


def nodes(connection: Connection) -> Iterator[list[NodeRow]]:
    """Id, labels (sorted) and properties of each node, in batches; raises as `Connection.read` does."""
    for rows in connection.stream(_NODES):
        yield [
            (number, sorted(labels), _told_apart(properties, zones) if zones else properties)
            for number, labels, properties, zones in rows
        ]


def relationships(connection: Connection) -> Iterator[list[RelationshipRow]]:
    """Ids of start and end, type and properties of each relationship, in batches; raises as `nodes` does."""
    for rows in connection.stream(_RELATIONSHIPS):
        yield [
            (start, end, kind, _told_apart(properties, zones) if zones else properties)
            for start, end, kind, properties, zones in rows
        ]


def _told_apart(properties: Properties, zones: list[tuple[str, str | list[str]]]) -> Properties:
    """RegionUtc where the zone is named UTC. Raises Unreadable for offsets with seconds."""
    for key, zone in zones:
        value = properties[key]
        properties[key] = (
            [_as_named(one, name) for one, name in zip(value, zone, strict=True)]
            if isinstance(zone, list)
            else _as_named(value, zone)
        )
    return properties


def _as_named(value: object, zone: str) -> object:
    if zone == "UTC" and isinstance(value, DateTime):
        return RegionUtc(value)
    if zone[0] in "+-" and len(zone) > len("+00:00"):
        raise Unreadable("an offset from UTC with seconds")
    return value
