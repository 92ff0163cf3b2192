"""Refs move by compare and swap, merges answer as GitHub's do, and a revert can be built of the two."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from github import GithubException, InputGitTreeElement
from github.Repository import Repository
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer
from tests.sandbox.github.conftest import client_of
from tests.sandbox.github.running import FULL


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and message of an answer."""
    return answer.status_code, answer.json()["message"]


def test_a_branch_moves_forward_only_unless_forced(server: GitHubServer, http: httpx.Client) -> None:
    """An unforced update to what does not come after it is refused and moves nothing."""
    stored = server.repository(FULL_NAME)
    old = heads(stored)["dev"]
    new = add_commit(stored, "dev", {"a.ts": "1\n"}, "One more")
    back = http.patch("/git/refs/heads/dev", json={"sha": old})
    assert refusal(back) == (422, "Update is not a fast forward")
    assert heads(stored)["dev"] == new
    assert http.patch("/git/refs/heads/dev", json={"sha": old, "force": True}).is_success
    assert heads(stored)["dev"] == old


def test_of_two_at_once_one_wins(server: GitHubServer) -> None:
    """Several clients create the same branch: one is answered 201, the others 422."""
    sha = heads(server.repository(FULL_NAME))["dev"]

    def create(_: int) -> int:
        with client_of(server, FULL.value) as client:
            return client.post("/git/refs", json={"ref": "refs/heads/race", "sha": sha}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(create, range(6))) == [201, 422, 422, 422, 422, 422]


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/git/refs", {"ref": "refs/heads/dev", "sha": "DEV"}, "Reference already exists"),
        ("POST", "/git/refs", {"ref": "refs/heads/new", "sha": "0" * 40}, "Object does not exist"),
        ("PATCH", "/git/refs/heads/none", {"sha": "DEV"}, "Reference does not exist"),
        ("DELETE", "/git/refs/heads/none", {}, "Reference does not exist"),
    ],
)
def test_ref_operations_refuse_as_github_does(
    http: httpx.Client, method: str, path: str, body: dict[str, str], expected: str
) -> None:
    """All with 422. DEV stands for the commit at the head of dev."""
    dev = http.get("/branches/dev").json()["commit"]["sha"]
    sent = {key: value.replace("DEV", dev) for key, value in body.items()}
    assert refusal(http.request(method, path, json=sent)) == (422, expected)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=20))
def test_no_ref_name_escapes(server: GitHubServer, http: httpx.Client, name: str) -> None:
    """Whatever the name, it becomes one ref of exactly that name, or none and 422."""
    stored = server.repository(FULL_NAME)
    before = heads(stored)
    full = f"refs/heads/{name}"
    answer = http.post("/git/refs", json={"ref": full, "sha": before["dev"]})
    assert answer.status_code in {201, 422}
    created = {ref.name for ref in stored.git.refs()} - {f"refs/heads/{branch}" for branch in before}
    assert created == ({full} if answer.status_code == 201 else set())
    if created:
        stored.git.delete_ref(full, before["dev"])


def test_a_merge_brings_both_sides_together(server: GitHubServer, repository: Repository) -> None:
    """201 with a commit of two parents; then 204, for there is nothing left to merge."""
    stored = server.repository(FULL_NAME)
    theirs = add_commit(stored, "dev", {"dev.ts": "1\n"}, "On dev")
    ours = add_commit(stored, "prod", {"prod.ts": "2\n"}, "On prod")
    merged = repository.merge("prod", "dev", "Release")
    assert merged is not None
    assert [parent.sha for parent in merged.parents] == [ours, theirs]
    tree = {entry.path for entry in repository.get_git_tree("prod").tree}
    assert {"dev.ts", "prod.ts"} <= tree
    assert repository.merge("prod", "dev") is None


def test_a_conflict_merges_nothing(server: GitHubServer, repository: Repository) -> None:
    """409, and the branch stays where it was."""
    stored = server.repository(FULL_NAME)
    add_commit(stored, "dev", {"src/server.ts": "one\n"}, "Here")
    ours = add_commit(stored, "prod", {"src/server.ts": "two\n"}, "There")
    with pytest.raises(GithubException) as caught:
        repository.merge("prod", "dev")
    assert (caught.value.status, caught.value.data["message"]) == (409, "Merge conflict")
    assert heads(stored)["prod"] == ours


@pytest.mark.parametrize(
    ("base", "head", "message"), [("no", "dev", "Base does not exist"), ("prod", "no", "Head does not exist")]
)
def test_a_merge_of_what_is_not_there_is_404(http: httpx.Client, base: str, head: str, message: str) -> None:
    """And says which side."""
    assert refusal(http.post("/merges", json={"base": base, "head": head})) == (404, message)


def test_a_revert_can_be_built_through_the_api(server: GitHubServer, repository: Repository) -> None:
    """The revert of a commit in the middle takes back its change and keeps the later one."""
    stored = server.repository(FULL_NAME)
    parent = heads(stored)["prod"]
    bad = add_commit(stored, "prod", {"bad.ts": "wrong\n"}, "Break it")
    tip = add_commit(stored, "prod", {"later.ts": "fine\n"}, "Go on")

    tree = repository.get_git_commit(parent).tree
    undone = repository.create_git_commit("Undo", tree, [repository.get_git_commit(bad)])
    repository.create_git_ref("refs/heads/undo/from", undone.sha)
    repository.create_git_ref("refs/heads/undo/onto", tip)
    merged = repository.merge("undo/onto", "undo/from")
    assert merged is not None
    result = repository.get_git_commit(merged.sha).tree
    revert = repository.create_git_commit('Revert "Break it"', result, [repository.get_git_commit(tip)])
    repository.get_git_ref("heads/prod").edit(revert.sha)

    names = {entry.path for entry in repository.get_git_tree("prod").tree}
    assert "later.ts" in names
    assert "bad.ts" not in names
    history = [commit.sha for commit in repository.get_commits("prod")]
    assert history[:2] == [revert.sha, tip]


@pytest.mark.parametrize("path", ["../outside", "a//b", ".git/config", "/etc/passwd", "a/../b", ""])
def test_a_tree_takes_no_path_outside(repository: Repository, path: str) -> None:
    """Paths of files are data too."""
    element = InputGitTreeElement(path, "100644", "blob", content="x")
    with pytest.raises(GithubException) as caught:
        repository.create_git_tree([element])
    assert caught.value.status == 422


def test_a_file_can_be_read_at_any_commit(server: GitHubServer, repository: Repository) -> None:
    """Migrations are read at the commit being deployed, not at the branch."""
    stored = server.repository(FULL_NAME)
    path = "migrations/ledger/V002__index.cypher"
    with_it = add_commit(stored, "dev", {path: "CREATE INDEX;\n"}, "Index")
    add_commit(stored, "dev", {path: None}, "No index")
    content = repository.get_contents(path, ref=with_it)
    assert not isinstance(content, list)
    assert content.decoded_content == b"CREATE INDEX;\n"
    folder = repository.get_contents("migrations/ledger", ref="dev")
    assert isinstance(folder, list)
    assert [entry.name for entry in folder] == ["V001__daynode.cypher"]
