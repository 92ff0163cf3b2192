"""What became of the databases since an earlier release: how they differ, and which records did it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.log import Record
from models.names import DatabaseName, Scenario
from models.release import Database, Release


def moved_on(records: Sequence[Record], number: int, then: Release, now: Release) -> tuple[str, str]:
    """Why a release of other databases is not gone back to, naming what changed them; and the way out."""
    changed_by = named(databases_changed_by(records, number)) or "no record of its log"
    problem = (
        f"Record {number} had other databases than {now.environment} has now "
        f"({'; '.join(database_differences(then, now))}), changed by {changed_by}."
    )
    return problem, (
        "Choose a release since then, or deploy that commit on the databases of today: credex trigger "
        f"application-deployment --env {now.environment} -p commit={then.commit} "
        "-p allow_older=true."
    )


def databases_changed_by(records: Iterable[Record], number: int) -> list[Record]:
    """The records after this one with which other databases, or other data, came to run, oldest first."""
    found: list[Record] = []
    before: Release | None = None
    for record in records:
        release = record.good_release
        if release is None:
            continue
        changed = (
            before is None or other_databases(before, release) or record.entry.scenario is Scenario.RESTORE
        )
        if record.number > number and changed:
            found.append(record)
        before = release
    return found


def other_databases(then: Release, now: Release) -> bool:
    """Whether the databases are others, or were migrated since: code of then may not fit them."""
    return then.databases != now.databases or then.migrations != now.migrations


def named(records: Iterable[Record]) -> str:
    """The records as people find them again: number, scenario, time."""
    return ", ".join(
        f"record {record.number} ({record.entry.scenario}, {record.written_at:%Y-%m-%d %H:%M} UTC)"
        for record in records
    )


def database_differences(then: Release, now: Release) -> list[str]:
    """What of the databases is not as it was, each in some words; empty where all is."""
    names = sorted(then.databases.keys() | now.databases.keys())
    pairs = [(name, then.databases.get(name), now.databases.get(name)) for name in names]
    changed = [f"{name} {_difference(old, new)}" for name, old, new in pairs if old != new]
    migrated = [
        f"{name} was at {_migration(then, name)} and is at {_migration(now, name)}"
        for name in sorted(then.migrations.keys() | now.migrations.keys())
        if then.migrations.get(name) != now.migrations.get(name)
    ]
    return changed + migrated


def _migration(release: Release, database: DatabaseName) -> str:
    version = release.migrations.get(database)
    return f"migration {version}" if version else "no migration"


def _difference(then: Database | None, now: Database | None) -> str:
    if then is None or now is None:
        return "was not there" if then is None else "is gone"
    compared = (
        ("had Neo4j", then.neo4j_version, now.neo4j_version),
        ("was on", then.instance_type, now.instance_type),
        ("was at", then.private_ip or "its first address", now.private_ip or "its first address"),
    )
    parts = [f"{words} {old} and now {new}" for words, old, new in compared if old != new]
    if then.settings != now.settings:
        names = sorted({name for name, _ in then.settings.items() ^ now.settings.items()})
        parts.append(f"had other values of {', '.join(names)}")
    return ", ".join(parts)
