"""A server of the sandbox is a real Neo4j that guards its password, its address and its data."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from neo4j.exceptions import ClientError

from models.errors import SetUpError
from sandbox.neo4j.server import Neo4jServer
from systems.waiting import Pace, wait_for
from tests.sandbox.neo4j.servers import (
    LTS,
    NEWEST,
    PASSWORD,
    driver,
    new_server,
    own_address,
    running,
    wait_until_ready,
)

pytestmark = pytest.mark.sandbox

SOON = Pace(deadline_seconds=60, interval_seconds=0.05)


class ProcessListWatch(threading.Thread):
    """Reads every process's command line and environment over and over, as anybody might."""

    def __init__(self, secret: str) -> None:
        super().__init__(daemon=True)
        self.secret = secret.encode()
        self.seen_java: set[int] = set()
        self.found_in: list[str] = []
        self._end = threading.Event()

    def run(self) -> None:
        """Look until told to finish."""
        while not self._end.is_set():
            for entry in Path("/proc").glob("[0-9]*"):
                self._look_at(entry)

    def finish(self) -> None:
        """End the watch."""
        self._end.set()
        self.join()

    def _look_at(self, entry: Path) -> None:
        try:
            words, variables = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            return
        if b"neo4j-" in words or b"/proc/self/fd" in words or b"EntryPoint" in words:
            self.seen_java.add(int(entry.name))
        if self.secret in words + variables:
            self.found_in.append(words.decode(errors="replace"))


@pytest.fixture(scope="module", params=[LTS, NEWEST])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    with running(new_server(request.param, tmp_path_factory.mktemp("neo4j"))) as started:
        yield started


@pytest.mark.exhaustive
def test_it_is_the_version_that_was_asked_for(server: Neo4jServer) -> None:
    """Both versions start, let the initial password in, and name themselves."""
    with driver(server) as opened:
        row = opened.execute_query("CALL dbms.components() YIELD versions, edition").records[0]
    assert (row["versions"], row["edition"]) == ([server.version], "community")


@pytest.mark.exhaustive
def test_it_serves_its_own_address_alone(server: Neo4jServer) -> None:
    """Nothing of it listens anywhere but on the one address and port (no HTTP, no discovery)."""
    assert server.pid is not None
    listening = {
        (connection.laddr.ip.removeprefix("::ffff:"), connection.laddr.port)
        for connection in psutil.Process(server.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
    }
    assert listening == {(server.address, server.port)}


@pytest.mark.exhaustive
def test_starting_it_again_changes_nothing(server: Neo4jServer) -> None:
    """A second start of a running server is the same process."""
    before = server.pid
    server.start()
    assert server.pid == before
    assert server.ready()


@pytest.mark.exhaustive
@pytest.mark.parametrize("version", [LTS, NEWEST])
def test_the_initial_password_stands_in_no_process_list(version: str, tmp_path: Path) -> None:
    """No argument or environment variable of any process ever holds it, nor does a file of the server."""
    secret = "wide-open-secret-4711"
    server = new_server(version, tmp_path)
    watch = ProcessListWatch(secret)
    watch.start()
    server.set_initial_password(secret)
    watch.finish()
    assert watch.seen_java, "the watch must have seen neo4j-admin at work"
    assert watch.found_in == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if secret.encode() in path.read_bytes()]


@pytest.mark.exhaustive
def test_any_printable_password_is_taken_literally(tmp_path: Path) -> None:
    """Characters that mean something to the JVM's or neo4j-admin's reading of arguments mean nothing here."""
    password = "@-f \"x\\ 'y' #ö$HOME"
    server = new_server(LTS, tmp_path)
    server.set_initial_password(password)
    with running(server), driver(server, password):
        assert server.poll() is None


@pytest.mark.exhaustive
def test_a_password_that_neo4j_refuses_is_refused_without_repeating_it(tmp_path: Path) -> None:
    """Its own rule (eight characters at least) comes out as an error with a way out."""
    with pytest.raises(SetUpError, match="not accepted") as refused:
        new_server(LTS, tmp_path).set_initial_password("sh0rt")
    assert "sh0rt" not in str(refused.value)


def test_a_taken_address_is_named_before_anything_starts(tmp_path: Path) -> None:
    """Else a probe would talk to whatever else listens there, while Neo4j ends by itself."""
    server = new_server(LTS, tmp_path)
    with socket.socket() as other:
        other.bind((server.address, server.port))
        other.listen()
        with pytest.raises(SetUpError, match=f"{server.address}:{server.port}"):
            server.start()
    assert server.pid is None
    assert not server.ready()


@pytest.mark.exhaustive
def test_a_killed_parent_leaves_no_server(tmp_path: Path) -> None:
    """The server outlives the thread that started it, and not the process, even if that is killed."""
    server = new_server(LTS, tmp_path)
    server.set_initial_password(PASSWORD)
    places = [str(path) for path in (server.home, server.data, server.log)]
    code = (
        "import sys, threading, time; from pathlib import Path\n"
        "from sandbox.neo4j.server import Neo4jServer\n"
        "server = Neo4jServer(sys.argv[1], sys.argv[2], *map(Path, sys.argv[3:]))\n"
        "thread = threading.Thread(target=server.start); thread.start(); thread.join()\n"
        "print(server.pid, flush=True); time.sleep(120)\n"
    )
    command = [sys.executable, "-c", code, LTS, server.address, *places]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        survived_its_thread = wait_for(lambda: _answers(server) or None, SOON)
        parent.kill()
    assert survived_its_thread
    assert wait_for(lambda: True if _gone(child) and not _answers(server) else None, SOON)


def _gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def _answers(server: Neo4jServer) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((server.address, server.port)) == 0


@pytest.mark.exhaustive
def test_it_stops_in_seconds_and_keeps_its_data(tmp_path: Path) -> None:
    """Stop ends the process with 0 (sooner than the ten seconds of Neo4j's defaults); nothing is lost."""
    server = new_server(LTS, tmp_path)
    with running(server), driver(server) as opened:
        opened.execute_query("CREATE (:Kept {name: 'yes'})")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 9
        assert server.poll() == 0
        server.kill()
        server.start()
        wait_until_ready(server)
        assert opened.execute_query("MATCH (n:Kept) RETURN n.name AS name").records[0]["name"] == "yes"


@pytest.mark.exhaustive
def test_a_data_folder_moves_to_another_home_address_and_newer_version(tmp_path: Path) -> None:
    """The folder alone carries data, schema and password to the newest version, crash included."""
    with running(new_server(LTS, tmp_path / "old", data=tmp_path / "old-data")) as old:
        with driver(old) as opened:
            opened.execute_query("CREATE CONSTRAINT c FOR (n:Kept) REQUIRE n.name IS UNIQUE")
            opened.execute_query("UNWIND range(1, 1000) AS i CREATE (:Kept {name: i})-[:NEXT]->(:Kept)")
        old.kill()
    shutil.move(tmp_path / "old-data", tmp_path / "new-data")
    new = new_server(NEWEST, tmp_path / "new", data=tmp_path / "new-data")
    assert new.has_password
    with running(new), driver(new) as opened:
        pairs = opened.execute_query("MATCH (:Kept)-[:NEXT]->(:Kept) RETURN count(*) AS n").records[0]["n"]
        constraints = opened.execute_query("SHOW CONSTRAINTS YIELD name").records
    assert (pairs, [row["name"] for row in constraints]) == (1000, ["c"])


@pytest.mark.exhaustive
def test_settings_changed_between_starts_reach_the_server(tmp_path: Path) -> None:
    """A server set to read-only refuses writes and answers reads; a setting that does not exist ends it."""
    server = new_server(LTS, tmp_path)
    with running(server):
        server.settings["server.databases.default_to_read_only"] = "true"
        server.stop()
    with running(server), driver(server) as opened:
        assert opened.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"] == 0
        with pytest.raises(ClientError) as refused:
            opened.execute_query("CREATE (:X)")
    assert refused.value.code == "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase"
    server.settings["server.no_such_setting"] = "1"
    server.start()
    assert wait_for(server.poll, Pace(deadline_seconds=30, interval_seconds=0.1)) == 1
    assert "server.no_such_setting" in server.log.read_text()
    assert not server.ready()


def test_addresses_of_servers_differ() -> None:
    """Two servers of one test process stand beside each other."""
    assert own_address() != own_address()
    assert own_address().split(".")[2:] == [str(os.getpid() // 250 % 250 + 1), str(os.getpid() % 250 + 1)]
