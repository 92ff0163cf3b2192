"""Looks for secrets wherever a deployment leaves something: files, databases, buckets, command lines.

Gives places and the secrets' names, never their values. Which secrets, and where they belong, is for others
to say.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg  # type: ignore[import-untyped]
import psutil

from systems.aws.session import Aws

_BASE64_GROUP = 3
"""Bytes that become four letters; where in such a group a secret begins decides how it looks."""


@dataclass(frozen=True)
class Secret:
    """A value that must not be found, by its name and in every spelling it may have."""

    name: str
    spellings: tuple[bytes, ...]

    @classmethod
    def of(cls, name: str, value: str) -> Secret:
        """Plain, in a URL, in JSON, and in base64, as pickled results are kept."""
        raw = value.encode()
        plain = {raw, quote(value, safe="").encode(), json.dumps(value)[1:-1].encode()}
        return cls(name, (*plain, *(_in_base64(raw, before) for before in range(_BASE64_GROUP))))

    def is_in(self, content: bytes) -> bool:
        """Whether the content has it; base64 comes in lines, whose ends are spelled out inside JSON."""
        joined = content.replace(b"\n", b"").replace(rb"\n", b"")
        return any(spelling in content or spelling in joined for spelling in self.spellings)


def _in_base64(raw: bytes, before: int) -> bytes:
    """What of the secret's base64 does not depend on its neighbours, with so many bytes before it."""
    skipped = (_BASE64_GROUP - before) % _BASE64_GROUP
    whole = (len(raw) - skipped) // _BASE64_GROUP * _BASE64_GROUP
    return base64.b64encode(raw[skipped : skipped + whole])


def found_in(contents: Iterable[tuple[str, bytes]], secrets: Iterable[Secret]) -> list[str]:
    """Where which secret is, in words."""
    wanted = list(secrets)
    return [
        f"{secret.name} in {place}"
        for place, content in contents
        for secret in wanted
        if secret.is_in(content)
    ]


def files(folder: Path, without: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """All files below the folder, except in its subfolders of these names."""
    left_out = [folder / name for name in without]
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not any(map(path.is_relative_to, left_out)):
            yield str(path.relative_to(folder)), _read(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # logs are rotated, scratch files go
        return b""


def rows(database: Path) -> Iterator[tuple[str, bytes]]:
    """Every table of an SQLite database as text: in the file a long value is cut into pages."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 its own names
                yield f"table {table}", b"\n".join(map(_as_bytes, row))


def rows_of_postgresql(url: str) -> list[tuple[str, bytes]]:
    """Every table of a PostgreSQL database as text, that of its own catalogue apart."""
    return asyncio.run(_rows_of_postgresql(url))


async def _rows_of_postgresql(url: str) -> list[tuple[str, bytes]]:
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return [
            (f"table {table}", b"\n".join(map(_as_bytes, row)))
            for schema, table in tables
            for row in await connection.fetch(f'SELECT * FROM "{schema}"."{table}"')  # noqa: S608 its own names
        ]
    finally:
        await connection.close()


def _as_bytes(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def objects(aws: Aws) -> Iterator[tuple[str, bytes]]:
    """Every version of every object in every bucket."""
    for bucket in aws.s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        for page in aws.s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for item in page.get("Versions", []):
                got = aws.s3.get_object(Bucket=name, Key=item["Key"], VersionId=item["VersionId"])
                yield f"s3://{name}/{item['Key']}", got["Body"].read()


def command_lines() -> Iterator[tuple[str, bytes]]:
    """What everybody on this machine may read of every process."""
    for process in psutil.process_iter(["name", "cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        yield f"the command line of {process.info['name']} ({process.pid})", line.encode()


def secrets_of(values: Mapping[str, str]) -> list[Secret]:
    """All of them, by name."""
    return [Secret.of(name, value) for name, value in values.items()]
