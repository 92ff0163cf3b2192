"""Pull requests: what can be opened, whether it can be merged, and what is said about it."""

from __future__ import annotations

import pytest
from github import GithubException
from github.Repository import Repository

from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer


def conflict(server: GitHubServer) -> None:
    """Let the same file differ on a hotfix and on dev."""
    stored = server.repository(FULL_NAME)
    stored.git.move_ref("refs/heads/hotfix/x", heads(stored)["prod"], "0" * 40)
    add_commit(stored, "hotfix/x", {"src/server.ts": "hotfix\n"}, "Fix")
    add_commit(stored, "dev", {"src/server.ts": "dev\n"}, "Develop")


def test_a_conflict_shows_as_not_mergeable_and_merges_nothing(
    server: GitHubServer, repository: Repository
) -> None:
    """The pull request waits for a person; the paths can be told from its files."""
    conflict(server)
    pull = repository.create_pull("dev", "hotfix/x", title="Back-merge", body="Conflicts.")
    pull = repository.get_pull(pull.number)
    assert (pull.mergeable, pull.mergeable_state) == (False, "dirty")
    assert [file.filename for file in pull.get_files()] == ["src/server.ts"]
    with pytest.raises(GithubException) as caught:
        pull.merge()
    assert caught.value.status == 405
    assert not repository.get_pull(pull.number).merged


def test_a_merged_pull_request_is_closed_with_its_commit(
    server: GitHubServer, repository: Repository
) -> None:
    """The base branch is at the merge commit, which has both parents."""
    stored = server.repository(FULL_NAME)
    head = add_commit(stored, "dev", {"a.ts": "1\n"}, "Feature")
    pull = repository.create_pull("stage", "dev", title="Release")
    status = pull.merge()
    assert status.merged
    assert heads(stored)["stage"] == status.sha
    closed = repository.get_pull(pull.number)
    assert (closed.state, closed.merged, closed.head.sha) == ("closed", True, head)


def test_a_merge_of_another_commit_than_was_looked_at_is_refused(
    server: GitHubServer, repository: Repository
) -> None:
    """Who reviewed one head does not merge the next: 409."""
    stored = server.repository(FULL_NAME)
    seen = add_commit(stored, "dev", {"a.ts": "1\n"}, "Reviewed")
    pull = repository.create_pull("stage", "dev", title="Release")
    add_commit(stored, "dev", {"b.ts": "2\n"}, "Slipped in")
    with pytest.raises(GithubException) as caught:
        pull.merge(sha=seen)
    assert caught.value.status == 409


@pytest.mark.parametrize(
    ("head", "base", "message"),
    [
        ("no-such", "dev", "The branch no-such does not exist"),
        ("dev", "no-such", "The branch no-such does not exist"),
        ("dev", "stage", "No commits between stage and dev"),
    ],
)
def test_what_cannot_be_a_pull_request_is_refused(
    repository: Repository, head: str, base: str, message: str
) -> None:
    """422 and the reason."""
    with pytest.raises(GithubException) as caught:
        repository.create_pull(base, head, title="Release")
    assert (caught.value.status, caught.value.data["errors"][0]["message"]) == (422, message)


def test_there_is_one_open_pull_request_between_two_branches(
    server: GitHubServer, repository: Repository
) -> None:
    """So a resumed flow finds its own by head and base; closed ones do not count."""
    conflict(server)
    first = repository.create_pull("dev", "hotfix/x", title="Back-merge")
    with pytest.raises(GithubException, match="422"):
        repository.create_pull("dev", "hotfix/x", title="Again")
    found = repository.get_pulls(head="credex:hotfix/x", base="dev")
    assert [pull.number for pull in found] == [first.number]
    first.edit(state="closed")
    assert repository.create_pull("dev", "hotfix/x", title="Again").number == first.number + 1


def test_comments_stand_in_order_and_can_be_changed(server: GitHubServer, repository: Repository) -> None:
    """Comments say who wrote them."""
    conflict(server)
    pull = repository.create_pull("dev", "hotfix/x", title="Back-merge")
    first = pull.create_issue_comment("one")
    pull.create_issue_comment("two")
    first.edit("uno")
    comments = [(comment.body, comment.user.login) for comment in pull.get_issue_comments()]
    assert comments == [("uno", "credex-deployer"), ("two", "credex-deployer")]
    assert repository.get_pull(pull.number).comments == 2
