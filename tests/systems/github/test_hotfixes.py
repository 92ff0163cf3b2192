"""The hotfix's branch comes from what runs, is never moved, and its checks are read as GitHub means them."""

from __future__ import annotations

import pytest
from github.Repository import Repository

from models.commit_checks import Colour, CommitCheck
from models.errors import Refused
from models.hotfix import Advance, HotfixBranch
from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer
from systems.github.checks import read_checks
from systems.github.hotfixes import ensure_hotfix_branch
from systems.github.statuses import set_commit_status

BRANCH = "hotfix/fees"


def found(repository: Repository, base: str) -> HotfixBranch:
    return ensure_hotfix_branch(
        repository, name="fees", environment="production", base=base, usual_branch="prod"
    )


def test_it_is_made_once_from_what_runs_and_says_where_that_is_not_the_branchs_head(
    server: GitHubServer, repository: Repository
) -> None:
    stored = server.repository(FULL_NAME)
    runs = heads(stored)["prod"]
    newer = add_commit(stored, "prod", {"x.txt": "x"}, "Not deployed yet")
    first, again = found(repository, runs), found(repository, runs)
    assert (first.created, again.created) == (True, False)
    assert heads(stored)[BRANCH] == first.head == again.head == runs
    assert (first.usual_head, first.advance) == (newer, Advance.NONE)
    assert first.unusual


def test_a_fix_on_it_is_found_with_its_commits(server: GitHubServer, repository: Repository) -> None:
    stored = server.repository(FULL_NAME)
    runs = found(repository, heads(stored)["prod"]).base
    fix = [add_commit(stored, BRANCH, {"x.txt": text}, f"Fix {text}") for text in "ab"][-1]
    again = found(repository, runs)
    assert (again.head, again.advance, again.subjects) == (fix, Advance.SOME, ["Fix a", "Fix b"])
    assert found(repository, fix).advance is Advance.NONE


@pytest.mark.parametrize(("branch", "advance"), [(BRANCH, Advance.BEHIND), ("prod", Advance.DIVERGED)])
def test_what_runs_may_have_gone_on_without_it(
    server: GitHubServer, repository: Repository, branch: str, advance: Advance
) -> None:
    stored = server.repository(FULL_NAME)
    found(repository, heads(stored)["prod"])
    add_commit(stored, BRANCH, {"x.txt": "x"}, "Fix")
    older = heads(stored)[BRANCH]
    runs = add_commit(stored, branch, {"y.txt": "y"}, "Deployed meanwhile")
    if advance is Advance.BEHIND:
        repository.get_git_ref(f"heads/{BRANCH}").delete()
        repository.create_git_ref(f"refs/heads/{BRANCH}", older)
    assert found(repository, runs).advance is advance


def test_what_runs_has_to_be_in_the_repository(repository: Repository) -> None:
    with pytest.raises(Refused, match="has no commit"):
        found(repository, "0" * 40)


def test_a_branch_that_blocks_the_name_is_told(server: GitHubServer, repository: Repository) -> None:
    """Git keeps no hotfix/fees beside a hotfix."""
    runs = heads(server.repository(FULL_NAME))["prod"]
    repository.create_git_ref("refs/heads/hotfix", runs)
    with pytest.raises(Refused, match="make the branch hotfix/fees"):
        found(repository, runs)


def test_checks_and_statuses_are_read_by_their_newest(server: GitHubServer, repository: Repository) -> None:
    """What was skipped says nothing; what is not known to be good is bad."""
    commit = heads(server.repository(FULL_NAME))["prod"]
    assert read_checks(repository, commit) == []
    for name, conclusion in [
        ("build", "failure"),
        ("build", "success"),
        ("docs", "skipped"),
        ("lint", "neutral"),
        ("test", "timed_out"),
    ]:
        repository.create_check_run(name, commit, conclusion=conclusion)
    repository.create_check_run("slow", commit, status="in_progress")
    for state, context in [("pending", "scan"), ("success", "scan"), ("pending", "sign"), ("error", "cla")]:
        repository.get_commit(commit).create_status(state, context=context)
    set_commit_status(repository, commit, "staging", "failure", description="No check of it.", url=None)
    assert {check.name: check.colour for check in read_checks(repository, commit)} == {
        "build": Colour.GREEN,
        "cla": Colour.RED,
        "lint": Colour.GREEN,
        "scan": Colour.GREEN,
        "sign": Colour.RUNNING,
        "slow": Colour.RUNNING,
        "test": Colour.RED,
    }


@pytest.mark.parametrize("red", ["oldest", "newest"])
def test_a_red_status_is_seen_among_more_than_fit_a_page(
    server: GitHubServer, repository: Repository, red: str
) -> None:
    """GitHub lists thirty at a time."""
    commit = heads(server.repository(FULL_NAME))["prod"]
    green = [f"green-{number}" for number in range(30)]
    for context in [red, *green] if red == "oldest" else [*green, red]:
        state = "failure" if context == red else "success"
        repository.get_commit(commit).create_status(state, context=context)
    found = read_checks(repository, commit)
    assert sorted(check.name for check in found) == sorted([red, *green])
    assert [check.name for check in found if check.colour is Colour.RED] == [red]


def test_a_newer_status_takes_an_older_ones_place_in_whatever_case(
    server: GitHubServer, repository: Repository
) -> None:
    commit = heads(server.repository(FULL_NAME))["prod"]
    for state, context in [("failure", "ci/build"), ("success", "CI/Build")]:
        repository.get_commit(commit).create_status(state, context=context)
    assert read_checks(repository, commit) == [CommitCheck(name="CI/Build", colour=Colour.GREEN)]
