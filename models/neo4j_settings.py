"""Lines of neo4j.conf that a release may set: which names, which values, and who else owns the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from models.errors import Refused

_SIZE = re.compile(r"^\d{1,9}(\.\d{1,3})?[kKmMgGtT]?$")
_DURATION = re.compile(r"^\d{1,9}(ns|us|ms|s|m|h|d)?$")
_NUMBER = re.compile(r"^\d{1,9}$")
_SWITCH = re.compile(r"^(true|false)$")
_WORD = re.compile(r"^[A-Z]{2,12}$")
_RETENTION = re.compile(r"^[A-Za-z0-9_ .]{1,40}$")

ALLOWED: Mapping[str, re.Pattern[str]] = {
    "server.memory.heap.initial_size": _SIZE,
    "server.memory.heap.max_size": _SIZE,
    "server.memory.pagecache.size": _SIZE,
    "server.memory.off_heap.transaction_max_size": _SIZE,
    "dbms.memory.transaction.total.max": _SIZE,
    "db.memory.transaction.max": _SIZE,
    "db.memory.transaction.total.max": _SIZE,
    "db.transaction.timeout": _DURATION,
    "db.transaction.concurrent.maximum": _NUMBER,
    "db.lock.acquisition.timeout": _DURATION,
    "db.checkpoint.interval.time": _DURATION,
    "db.checkpoint.interval.tx": _NUMBER,
    "db.logs.query.enabled": _WORD,
    "db.logs.query.threshold": _DURATION,
    "db.logs.query.obfuscate_literals": _SWITCH,
    "db.tx_log.rotation.size": _SIZE,
    "db.tx_log.rotation.retention_policy": _RETENTION,
    "dbms.security.auth_lock_time": _DURATION,
    "dbms.security.auth_max_failed_attempts": _NUMBER,
    "server.bolt.thread_pool_min_size": _NUMBER,
    "server.bolt.thread_pool_max_size": _NUMBER,
}
"""What may be set, and what its values look like."""

_OWNED = (
    ("read_only", "the fence sets it while a database is changed"),
    ("server.directories", "the data lies where the machine's volume is"),
    ("_address", "addresses come from the Terraform configuration"),
    ("auth_enabled", "nobody works without a password"),
    ("server.jvm", "the machine's own start owns it"),
    ("server.bolt.enabled", "the application comes in by Bolt"),
)
"""Parts of names that the system itself sets, and why."""


def parse_settings(lines: str) -> dict[str, str | None]:
    """What lines such as `server.memory.pagecache.size=4g` ask for; None stands for the server's default.

    A line without a value, `name=`, takes the setting away. Raises Refused, saying which line and why.
    """
    asked: dict[str, str | None] = {}
    for line in _lines(lines):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals:
            raise Refused(
                f"{line[:60]!r} is not name=value.",
                next_step="Write one setting of neo4j.conf on each line, for example "
                "server.memory.pagecache.size=4g; nothing after the = takes it away.",
            )
        if name in asked:
            raise Refused(f"{name} is set twice.", next_step="Say once what it is to be.")
        asked[name] = _checked(name, value)
    return asked


def _lines(text: str) -> Iterator[str]:
    for line in re.split(r"[\n;]", text):
        if stripped := line.strip():
            yield stripped


def _checked(name: str, value: str) -> str | None:
    pattern = ALLOWED.get(name)
    if pattern is None:
        raise _not_allowed(name)
    if not value:
        return None
    if not pattern.fullmatch(value):
        raise Refused(
            f"{value[:60]!r} is no value for {name}.", next_step="Neo4j's manual lists what it takes."
        )
    return value


def _not_allowed(name: str) -> Refused:
    for part, why in _OWNED:
        if part in name:
            return Refused(
                f"{name[:80]} is not a release's to set: {why}.", next_step="Leave it out of the settings."
            )
    return Refused(
        f"{name[:80]!r} is not among the settings that a release may change.",
        next_step=f"It may change {', '.join(sorted(ALLOWED))}. Others go into neo4j_settings of the "
        "environment's .tfvars file, by a reviewed commit.",
    )
