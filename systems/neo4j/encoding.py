"""Values of Neo4j as bytes: one form for each value, from which the value can be made again.

The form is MessagePack with maps sorted by key, and an extension type for each kind of value that MessagePack
lacks. Fingerprints are kept for months: a form that is given to a type must never change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any, BinaryIO

import msgpack
import pytz
from neo4j.spatial import CartesianPoint, Point, WGS84Point
from neo4j.time import Date, DateTime, Duration, Time
from neo4j.vector import Vector

from models.errors import SetUpError

_DATE, _LOCAL_TIME, _TIME, _LOCAL_DATETIME, _OFFSET_DATETIME, _ZONED_DATETIME = range(1, 7)
_DURATION, _POINT, _VECTOR = range(7, 10)

_GEOGRAPHIC = {4326, 4979}
"""EPSG's numbers of WGS 84 with two and with three coordinates, of which the first is the longitude."""
_EPOCH = Date(1970, 1, 1).to_ordinal()
_DAY = 86_400
_SECOND = 1_000_000_000
_MOST_BYTES = 2**31 - 1
"""The largest value that is read back: more than any server takes in a transaction."""


class Unreadable(SetUpError):
    """The database holds a value that the driver cannot represent, so that nothing can be proven of it."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"The database holds a value that cannot be read faithfully over Bolt: {kind}.",
            next_step="Set such values to a date of the years 1 to 9999, an offset in minutes or a time zone "
            "of the IANA list; for a newer type of value, update the driver (neo4j-rust-ext).",
        )


@dataclass(frozen=True)
class RegionUtc:
    """A date and time in the time zone named UTC, which for Neo4j is not the same as the offset Z.

    The driver gives both as one; `systems/neo4j/elements.py` tells them apart.
    """

    value: DateTime


def new_packer() -> Callable[[object], bytes]:
    """What gives the bytes of a value; lists and maps of values as well, maps in the order that they have.

    One for each thread. It raises Unreadable for a type that has no form.
    """
    pack_fields = msgpack.Packer().pack

    def extended(value: object) -> msgpack.ExtType:
        form = _FORMS.get(type(value))
        if form is None:
            raise Unreadable(_kind(value))
        code, fields = form(value)
        return msgpack.ExtType(code, pack_fields(fields))

    pack: Callable[[object], bytes] = msgpack.Packer(default=extended, strict_types=True).pack
    return pack


def properties_in_order(properties: dict[str, Any]) -> dict[str, Any]:
    """The same properties sorted by name: servers give them in the order of their store."""
    return dict(sorted(properties.items()))


def new_unpacker(stream: BinaryIO, read_bytes: int) -> msgpack.Unpacker:
    """What gives back, one after the other, the values that a packer was given.

    They have the types that the driver sends without loss.
    """
    return msgpack.Unpacker(stream, read_size=read_bytes, ext_hook=_unextended, max_buffer_size=_MOST_BYTES)


def _kind(value: object) -> str:
    if type(value).__name__ == "BrokenHydrationObject":
        return "a date out of the years 1 to 9999, or an unknown time zone"
    return f"the type {getattr(value, 'name', type(value).__name__)}"


def _time(value: Time) -> tuple[int, list[Any]]:
    if value.tzinfo is None:
        return _LOCAL_TIME, [value.ticks]
    return _TIME, [value.ticks, _seconds(value.utc_offset())]


def _datetime(value: DateTime) -> tuple[int, list[Any]]:
    if value.tzinfo is None:
        return _LOCAL_DATETIME, _instant(value, 0)
    offset = _seconds(value.utc_offset())
    name = getattr(value.tzinfo, "zone", None)
    if name is None or value.tzinfo is pytz.UTC:
        return _OFFSET_DATETIME, [*_instant(value, offset), offset]
    return _ZONED_DATETIME, [*_instant(value, offset), name]


def _instant(value: DateTime, offset: int) -> list[Any]:
    """Seconds since 1970 in UTC, and nanoseconds: what is stored, whatever a zone's rules say today."""
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return [(value.to_ordinal() - _EPOCH) * _DAY + seconds - offset, value.nanosecond]


def _seconds(offset: timedelta | None) -> int:
    return 0 if offset is None else offset.days * _DAY + offset.seconds


def _duration(value: Duration) -> tuple[int, list[Any]]:
    return _DURATION, [value.months, value.days, value.seconds, value.nanoseconds]


def _point(value: Point) -> tuple[int, list[Any]]:
    """The longitude -0.0 is written as 0.0: Neo4j 5.26 keeps its sign, and 2026.08 does not."""
    first, *others = value
    return _POINT, [value.srid, first or 0.0 if value.srid in _GEOGRAPHIC else first, *others]


_FORMS: dict[type, Callable[[Any], tuple[int, list[Any]]]] = {
    Date: lambda value: (_DATE, [value.to_ordinal() - _EPOCH]),
    Time: _time,
    DateTime: _datetime,
    RegionUtc: lambda value: (_ZONED_DATETIME, [*_instant(value.value, 0), "UTC"]),
    Duration: _duration,
    CartesianPoint: _point,
    WGS84Point: _point,
    Point: _point,
    Vector: lambda value: (_VECTOR, [value.dtype, value.raw()]),
}


def _unextended(code: int, data: bytes) -> object:
    fields = msgpack.unpackb(data)
    return _VALUES[code](*fields)


def _local_datetime(seconds: int, nanoseconds: int) -> DateTime:
    days, left = divmod(seconds, _DAY)
    return DateTime.combine(Date.from_ordinal(days + _EPOCH), Time.from_ticks(left * _SECOND + nanoseconds))


def _offset_datetime(seconds: int, nanoseconds: int, offset: int) -> DateTime:
    """In Python's UTC where there is no offset: the driver sends pytz's as the time zone named UTC."""
    zone = pytz.FixedOffset(offset // 60) if offset else UTC
    return _local_datetime(seconds + offset, nanoseconds).replace(tzinfo=zone)


def _zoned_datetime(seconds: int, nanoseconds: int, name: str) -> DateTime:
    utc = _local_datetime(seconds, nanoseconds).replace(tzinfo=pytz.UTC)
    return utc.as_timezone(pytz.timezone(name))


def _from_srid(srid: int, *coordinates: float) -> Point:
    """A point of the general class, which the driver sends with any reference system."""
    point = Point(coordinates)
    point.srid = srid
    return point


_VALUES: dict[int, Callable[..., object]] = {
    _DATE: lambda days: Date.from_ordinal(days + _EPOCH),
    _LOCAL_TIME: Time.from_ticks,
    _TIME: lambda ticks, offset: Time.from_ticks(ticks, tz=pytz.FixedOffset(offset // 60)),
    _LOCAL_DATETIME: _local_datetime,
    _OFFSET_DATETIME: _offset_datetime,
    _ZONED_DATETIME: _zoned_datetime,
    _DURATION: lambda months, days, seconds, nanoseconds: Duration(
        months=months, days=days, seconds=seconds, nanoseconds=nanoseconds
    ),
    _POINT: _from_srid,
    _VECTOR: lambda dtype, raw: Vector(raw, dtype),
}
