"""neo4j-admin works on a stopped server of the sandbox as on any other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sandbox.neo4j.admin import admin_command, admin_environment
from sandbox.neo4j.server import Neo4jServer
from tests.sandbox.neo4j.servers import LTS, NEWEST, driver, new_server, running

pytestmark = pytest.mark.sandbox


def admin(server: Neo4jServer, *arguments: str) -> int:
    """The exit code of neo4j-admin with that server's home."""
    return subprocess.run(
        admin_command(server.version, server.home, *arguments),
        env=admin_environment(server.home),
        capture_output=True,
        check=False,
    ).returncode


@pytest.mark.exhaustive
def test_a_dump_is_checked_and_loads_into_a_newer_server(tmp_path: Path) -> None:
    """Dumped from the LTS, found good, loaded into the newest version: the data is there.

    Cut short by a few bytes, the same dump is found bad.
    """
    old, dumps, scratch = new_server(LTS, tmp_path / "old"), tmp_path / "dumps", tmp_path / "scratch"
    dumps.mkdir()
    scratch.mkdir()
    with running(old), driver(old) as opened:
        opened.execute_query("UNWIND range(1, 100) AS i CREATE (:Kept {i: i})")
    assert admin(old, "database", "dump", "neo4j", f"--to-path={dumps}") == 0
    check = ["database", "check", "neo4j", f"--from-path={dumps}", f"--temp-path={scratch}"]
    assert admin(old, *check) == 0
    new = new_server(NEWEST, tmp_path / "new")
    new.configure()
    assert admin(new, "database", "load", "neo4j", f"--from-path={dumps}") == 0
    with running(new), driver(new) as opened:
        assert opened.execute_query("MATCH (n:Kept) RETURN count(n) AS n").records[0]["n"] == 100
    dump = dumps / "neo4j.dump"
    dump.write_bytes(dump.read_bytes()[:-100])
    assert admin(old, *check) != 0
