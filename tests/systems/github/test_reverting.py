"""A branch goes back and forward again by one commit each, or people are asked; nothing on it is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from github.Repository import Repository

from models.branch import BranchEnd, Outcome
from models.errors import ServiceUnavailable, SetUpError
from sandbox.github.git_objects import read_blob, read_commit, read_tree
from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer
from systems.github.branches import Branches
from systems.github.reverting import Reversal
from tests.systems.github.pushing import push_before_moving

RUN = "0a1b2c3d-0000-4000-8000-000000000000"
BRANCH = "stage"


@dataclass(frozen=True)
class Repo:
    """The stand-in's repository, looked at from inside."""

    server: GitHubServer
    opened: Repository
    said: list[str] = field(default_factory=list)

    def commit(self, message: str, **files: str | None) -> str:
        """One more commit on the branch; `a="text"` writes a.txt, None takes it away."""
        named = {f"{name}.txt": text for name, text in files.items()}
        return add_commit(self.server.repository(FULL_NAME), BRANCH, named, message)

    def head(self) -> str:
        """The commit that the branch is at."""
        return heads(self.server.repository(FULL_NAME))[BRANCH]

    def files(self, commit: str | None = None) -> dict[str, str]:
        """The text files of a commit, or of the branch's head, by name."""
        git = self.server.repository(FULL_NAME).git
        entries = read_tree(git, read_commit(git, commit or self.head()).tree)
        return {
            entry.path: read_blob(git, entry.sha).decode()
            for entry in entries
            if entry.sha and entry.path.endswith(".txt")
        }

    def go(self, leaves: str, to: str, run: str = RUN) -> BranchEnd:
        """Take the branch from one commit's files to another's."""
        reversal = Reversal(self.opened, branch=BRANCH, leaves=leaves, to=to, run=run)
        return reversal.carry_out(self.said.append)

    def temporary(self) -> list[str]:
        """The branches that are ours alone."""
        return [name for name in heads(self.server.repository(FULL_NAME)) if name.startswith("credex-")]


@pytest.fixture
def repo(server: GitHubServer, repository: Repository) -> Repo:
    """The seeded repository, whose branch `stage` nobody has touched."""
    return Repo(server, repository)


def test_a_branch_goes_back_twice_and_forward_again_and_keeps_what_was_never_deployed(repo: Repo) -> None:
    """Each time by one commit on its head, whose files are the release's and the newer work's."""
    one = repo.commit("One", a="1")
    two = repo.commit("Two", a="2", b="2")
    three = repo.commit("Three", a="3", b=None)
    repo.commit("Not deployed yet", c="new")
    for leaves, to in ((three, two), (two, one), (one, three), (three, two)):
        before = repo.head()
        ended = repo.go(leaves, to, run=f"{leaves}-{to}-{before}")
        assert (ended.outcome, ended.head) == (Outcome.MOVED, repo.head())
        assert repo.files() == repo.files(to) | {"c.txt": "new"}
        parents = read_commit(repo.server.repository(FULL_NAME).git, repo.head()).parents
        assert parents == (before,)
    assert repo.temporary() == []


def test_what_was_done_before_a_kill_is_not_done_again(repo: Repo) -> None:
    """The same run finds its own commit; another run finds that there is nothing to do."""
    one, two = repo.commit("One", a="1"), repo.commit("Two", a="2")
    first = repo.go(two, one)
    assert repo.go(two, one) == first
    assert repo.go(two, one, run="another").outcome is Outcome.AGREED
    assert repo.head() == first.head


def test_temporary_branches_that_a_kill_left_behind_are_used_again(repo: Repo) -> None:
    """They hold the run's id, so they are nobody else's."""
    one, two = repo.commit("One", a="1"), repo.commit("Two", a="2")
    stored = repo.server.repository(FULL_NAME)
    for name in ("undo", "merged"):
        add_commit(stored, f"credex-rollback/{RUN}/{name}", {"left.txt": "behind"}, "Left behind")
    assert repo.go(two, one).outcome is Outcome.MOVED
    assert repo.files() == {"a.txt": "1"}
    assert repo.temporary() == []


def test_a_conflict_becomes_one_pull_request_that_names_the_files(repo: Repo) -> None:
    """The branch stays as it is, however often the run goes on."""
    one, two = repo.commit("One", a="1"), repo.commit("Two", a="2")
    newer = repo.commit("Three", a="3")
    first, again = repo.go(two, one), repo.go(two, one)
    assert (first.outcome, first.paths) == (Outcome.PULL_REQUEST, ["a.txt"])
    assert repo.head() == newer
    assert again.pull_request == first.pull_request
    pulls = list(repo.opened.get_pulls(state="open"))
    assert [pull.html_url for pull in pulls] == [first.pull_request]
    assert pulls[0].base.ref == BRANCH
    assert "`a.txt`" in pulls[0].body


def test_a_branch_that_does_not_hold_what_ran_is_left_alone(repo: Repo) -> None:
    """A commit of another branch was deployed: there is nothing here to take back."""
    one = repo.commit("One", a="1")
    elsewhere = add_commit(repo.server.repository(FULL_NAME), "dev", {"d.txt": "d"}, "Elsewhere")
    ended = repo.go(elsewhere, one)
    assert (ended.outcome, repo.head()) == (Outcome.ELSEWHERE, one)
    assert repo.temporary() == []


@pytest.fixture
def pushing_before(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Have somebody push to the branch just before we move it, so many times."""
    return lambda times: push_before_moving(
        monkeypatch, times, lambda name: repo.commit("Faster", **{name: "x"})
    )


def test_a_push_in_between_is_kept_and_the_commit_made_anew_on_top(
    repo: Repo, pushing_before: Callable[[int], None]
) -> None:
    """Compare and swap: nobody's commit is lost."""
    one, two = repo.commit("One", a="1"), repo.commit("Two", a="2")
    pushing_before(2)
    assert repo.go(two, one).outcome is Outcome.MOVED
    assert repo.files() == {"a.txt": "1", "faster0.txt": "x", "faster1.txt": "x"}
    assert len(repo.said) == 2


def test_a_protected_branch_gets_a_pull_request_that_only_has_to_be_merged(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub refuses the move although nobody else was faster."""
    one, two = repo.commit("One", a="1"), repo.commit("Two", a="2")
    monkeypatch.setattr(Branches, "advance", lambda *_arguments: "Changes must be made by pull request")
    ended = repo.go(two, one)
    assert (ended.outcome, repo.head()) == (Outcome.PULL_REQUEST, two)
    assert "must be made by pull request" in ended.check().detail
    assert ended.pull_request in ended.check().detail
    pull = next(iter(repo.opened.get_pulls(state="open")))
    assert repo.files(pull.head.sha) == repo.files(one)


def test_a_branch_that_never_rests_is_given_up_in_words(
    repo: Repo, pushing_before: Callable[[int], None]
) -> None:
    """After five times; what others pushed is all there, and nothing of ours is left."""
    one, two = repo.commit("One", a="1"), repo.commit("Two", a="2")
    pushing_before(9)
    with pytest.raises(ServiceUnavailable, match="moved by others 5 times"):
        repo.go(two, one)
    assert repo.files()["a.txt"] == "2"
    assert repo.temporary() == []


def test_a_token_that_may_not_push_is_named_as_such(server: GitHubServer, reader: Repository) -> None:
    """With the permission that it lacks."""
    head = heads(server.repository(FULL_NAME))[BRANCH]
    with pytest.raises(SetUpError) as caught:
        Reversal(reader, branch=BRANCH, leaves=head, to=head, run=RUN).carry_out(print)
    assert "contents=write" in caught.value.next_step


def test_no_message_of_the_repository_gets_into_ours(repo: Repo) -> None:
    """`[skip ci]` or `fixes #1` would be taken for ours."""
    one = repo.commit("One", a="1")
    two = repo.commit("[skip ci] fixes #1\n\n@everyone `rm -rf`", a="2")
    repo.go(two, one)
    message = repo.opened.get_commit(repo.head()).commit.message
    assert "fixes" not in message
    assert "skip" not in message
    assert one[:12] in message
