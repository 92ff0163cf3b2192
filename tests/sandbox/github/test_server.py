"""The stand-in can be stopped and started without forgetting, holds one port, and leaves it again."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from models.errors import SetUpError
from sandbox.github.seed import FULL_NAME, seed_repository
from sandbox.github.server import GitHubServer
from tests.sandbox.github.conftest import client_of
from tests.sandbox.github.running import FULL, running_copy


def test_what_was_kept_is_there_after_a_restart_on_another_port(seeded: Path, tmp_path: Path) -> None:
    """Branches, environments and deployments; every address in the answers is the new one."""
    root = tmp_path / "github"
    with running_copy(seeded, root) as first, client_of(first, FULL.value) as client:
        client.put("/environments/staging", json={"wait_timer": 5})
        client.post("/deployments", json={"ref": "dev", "environment": "staging", "required_contexts": []})
        before = client.get("/branches").json()
    with GitHubServer("127.0.0.1", 0, root, [FULL]) as second, client_of(second, FULL.value) as client:
        assert second.url != first.url
        deployments = client.get("/deployments")
        assert [deployment["environment"] for deployment in deployments.json()] == ["staging"]
        assert [branch["name"] for branch in client.get("/branches").json()] == [
            branch["name"] for branch in before
        ]
        assert first.url not in deployments.text
        made = client.post("/deployments", json={"ref": "dev", "required_contexts": []}).json()
        assert made["id"] == deployments.json()[0]["id"] + 1


def test_seeding_again_changes_nothing(server: GitHubServer) -> None:
    """A second `up` finds the repository as people left it."""
    first = seed_repository(server)
    assert set(first) == {"dev", "stage", "prod"}
    assert seed_repository(server) == first


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    """One sentence that names the port, and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetUpError, match=f"cannot listen on 127.0.0.1:{port}"):
            GitHubServer("127.0.0.1", port, tmp_path, [FULL])


def test_stopping_frees_the_port_and_ends_the_thread(seeded: Path, tmp_path: Path) -> None:
    """Also with a client that keeps its connection open."""
    with running_copy(seeded, tmp_path / "github") as server, client_of(server, FULL.value) as client:
        assert client.get("/branches").is_success
        server.stop()
        assert not any(thread.name == "sandbox-github" for thread in threading.enumerate())
        port = int(server.url.rpartition(":")[2])
        again = GitHubServer("127.0.0.1", port, tmp_path / "again", [FULL])
        again.stop()


def test_a_request_waits_for_the_one_before_it(server: GitHubServer) -> None:
    """Else a secret that is sent twice, because its first answer was late, would be there twice."""
    with ThreadPoolExecutor(1) as pool, client_of(server, FULL.value) as client:
        with server.repository(FULL_NAME).one_request:
            waiting = pool.submit(client.get, "/branches")
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert waiting.result(timeout=10).is_success


def test_the_seeded_repository_is_a_small_credex_core(http: httpx.Client) -> None:
    """What later scenarios rely on: the manifest, sources, migrations for both databases, a workflow."""
    paths = {entry["path"] for entry in http.get("/git/trees/prod", params={"recursive": "1"}).json()["tree"]}
    assert {
        "package.json",
        "src/server.ts",
        "migrations/ledger/V001__daynode.cypher",
        "migrations/search/V001__credex.cypher",
        ".github/workflows/deploy.yml",
    } <= paths
