"""What a change of the databases asks for, worked out against what they are: pure, and strict.

What only AWS can tell (whether the archives, the machine and the address are there) is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.errors import Refused
from models.names import DatabaseName
from models.neo4j_settings import parse_settings
from models.release import Database
from models.request import Neo4jChangeRequest

LAST_OF_FIVE = (5, 26)
"""Neo4j's calendar versions read data that this minor version wrote last, and none before it."""


def version_number(version: str) -> tuple[int, ...]:
    """A version as numbers that compare: 5.26.30 comes before 2025.01.0."""
    return tuple(int(part) for part in version.split("."))


def is_upgrade(now: Database, wanted: Database) -> bool:
    """Whether the newer of two Neo4j versions comes to the data, which the older cannot read after that."""
    return version_number(wanted.neo4j_version) > version_number(now.neo4j_version)


def next_databases(
    current: Mapping[DatabaseName, Database], request: Neo4jChangeRequest
) -> dict[DatabaseName, Database]:
    """The databases as the request wants them; those it does not name stay as they are.

    Raises Refused for what cannot be, before anything happens.
    """
    chosen = request.databases.names
    if request.private_address is not None and len(chosen) > 1:
        raise Refused("Two databases cannot have one address.", next_step="Move one database at a time.")
    return {
        name: _next(name, database, request) if name in chosen else database
        for name, database in current.items()
    }


def _next(name: DatabaseName, now: Database, request: Neo4jChangeRequest) -> Database:
    version = request.neo4j_version or now.neo4j_version
    require_upgrade(name, now.neo4j_version, version)
    address = str(request.private_address) if request.private_address else now.private_ip
    return Database(
        neo4j_version=version,
        instance_type=request.instance_type or now.instance_type,
        private_ip=address,
        settings=_merged(now.settings, parse_settings(request.settings or "")),
    )


def _merged(now: Mapping[str, str], asked: Mapping[str, str | None]) -> dict[str, str]:
    wanted = {**now, **asked}
    return {name: value for name, value in sorted(wanted.items()) if value is not None}


def require_upgrade(name: DatabaseName, now: str, wanted: str) -> None:
    """Refuse a version that cannot read what the present one has written.

    Raises Refused.
    """
    if version_number(wanted) < version_number(now):
        raise Refused(
            f"{name} runs Neo4j {now}, whose data the older {wanted} cannot read.",
            next_step="Keep the version, or give a newer one. A failed upgrade goes back by itself, from the "
            "backup taken before it.",
        )
    leaves_five = version_number(now)[0] == LAST_OF_FIVE[0] < version_number(wanted)[0]
    if leaves_five and version_number(now)[:2] < LAST_OF_FIVE:
        raise Refused(
            f"{name} runs Neo4j {now}, and {wanted} reads only what 5.26 has written.",
            next_step="Change it to the newest 5.26 first.",
        )
