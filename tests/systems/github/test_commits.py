"""A branch, tag or hash becomes one commit, or a sentence that helps."""

from __future__ import annotations

import pytest
from github.Repository import Repository
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import Refused
from sandbox.github.git import NO_OBJECT
from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer
from systems.github.commits import commit_info, compare, is_ancestor, resolve_ref


@pytest.fixture
def head(server: GitHubServer) -> str:
    """A new commit at the head of dev, before the other branches."""
    return add_commit(server.repository(FULL_NAME), "dev", {"a.ts": "a\n"}, "Round down\n\nNot up.", "ada")


@pytest.mark.parametrize("length", [7, 12, 40])
def test_a_hash_names_its_commit_in_full_and_in_short(repository: Repository, head: str, length: int) -> None:
    """The full hash comes back, with what people recognise the commit by."""
    found = resolve_ref(repository, head[:length])
    assert (found.sha, found.subject, found.author) == (head, "Round down", "ada")


def test_a_branch_with_slashes_names_its_head(server: GitHubServer, repository: Repository) -> None:
    """hotfix/NAME is how emergency branches are called."""
    commit = add_commit(server.repository(FULL_NAME), "hotfix/round-down", {"b.ts": "b\n"}, "Fix")
    assert resolve_ref(repository, "hotfix/round-down").sha == commit


def test_an_annotated_tag_names_the_commit_beneath(
    server: GitHubServer, repository: Repository, head: str
) -> None:
    """Not the tag object, whose hash is another one."""
    git = server.repository(FULL_NAME).git
    git.run("-c", "user.name=Dev", "-c", "user.email=d@example.org", "tag", "-am", "One", "v1.0", head)
    assert resolve_ref(repository, "v1.0").sha == head


def test_an_unknown_name_lists_the_near_ones(repository: Repository) -> None:
    """A typing error is answered with what was probably meant."""
    with pytest.raises(Refused, match="no commit 'stagee'") as caught:
        resolve_ref(repository, "stagee")
    assert caught.value.next_step == "Did you mean stage?"


def test_an_unknown_hash_lists_the_branches(repository: Repository) -> None:
    """Nothing is near a hash; the branches are what can be deployed."""
    with pytest.raises(Refused, match="has no commit") as caught:
        resolve_ref(repository, "0123456789" * 4)
    assert caught.value.next_step == "Did you mean dev, prod, stage?"


def test_a_name_of_two_commits_is_not_guessed(
    server: GitHubServer, repository: Repository, head: str
) -> None:
    """A tag called like a branch would otherwise deploy the wrong one."""
    stored = server.repository(FULL_NAME)
    stored.git.move_ref("refs/tags/dev", heads(stored)["prod"], NO_OBJECT)
    with pytest.raises(Refused, match=r"several commits, among them the branch at \w+, the tag") as caught:
        resolve_ref(repository, "dev")
    assert head[:12] in caught.value.problem


def test_a_branch_and_a_tag_at_one_commit_are_no_contradiction(
    server: GitHubServer, repository: Repository, head: str
) -> None:
    """Only different commits are."""
    server.repository(FULL_NAME).git.move_ref("refs/tags/dev", head, NO_OBJECT)
    assert resolve_ref(repository, "dev").sha == head


def test_a_branch_called_like_a_short_hash_is_not_mixed_up(
    server: GitHubServer, repository: Repository, head: str
) -> None:
    """Where a branch has the name of another commit's short hash, a person has to say which."""
    stored = server.repository(FULL_NAME)
    stored.git.move_ref(f"refs/heads/{head[:8]}", heads(stored)["prod"], NO_OBJECT)
    with pytest.raises(Refused, match="several commits"):
        resolve_ref(repository, head[:8])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ref=st.one_of(st.text(max_size=30), st.from_regex(r"(--|\.\./|refs/|dev[~^:@{ ])\w*", fullmatch=True)))
def test_no_text_is_more_than_a_name(repository: Repository, ref: str) -> None:
    """Options, revision expressions and paths outside name nothing, and the answer is always a sentence."""
    with pytest.raises(Refused):
        resolve_ref(repository, ref)


def test_commits_are_compared_by_their_histories(
    server: GitHubServer, repository: Repository, head: str
) -> None:
    """Ahead, behind, identical and diverged, with the commits in between."""
    stored = server.repository(FULL_NAME)
    base = heads(stored)["prod"]
    assert compare(repository, base, base).status == "identical"
    ahead = compare(repository, base, head)
    assert (ahead.status, ahead.ahead_by, [commit.sha for commit in ahead.commits]) == ("ahead", 1, [head])
    assert compare(repository, head, base).status == "behind"
    other = add_commit(stored, "prod", {"p.ts": "p\n"}, "Only in production")
    diverged = compare(repository, head, other)
    assert (diverged.status, diverged.ahead_by, diverged.behind_by) == ("diverged", 1, 1)


def test_ancestry_says_whether_a_commit_is_contained(
    server: GitHubServer, repository: Repository, head: str
) -> None:
    """A commit contains itself and what came before, not what came after."""
    base = heads(server.repository(FULL_NAME))["prod"]
    assert is_ancestor(repository, base, head)
    assert is_ancestor(repository, head, head)
    assert not is_ancestor(repository, head, base)


def test_a_commit_that_was_never_pushed_is_refused(repository: Repository) -> None:
    """The next step is to push it."""
    with pytest.raises(Refused, match="has no commit"):
        commit_info(repository, "f" * 40)
