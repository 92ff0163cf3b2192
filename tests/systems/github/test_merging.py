"""A fix gets into a branch by a fast-forward or one merge commit, or people are asked; nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from github.Repository import Repository

from models.branch import Outcome
from models.errors import ServiceUnavailable, SetUpError
from models.merging import MergeEnd
from sandbox.github.git_objects import read_commit
from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer
from systems.github.branches import Branches
from systems.github.commits import is_ancestor
from systems.github.merging import FixMerge
from tests.systems.github.pushing import push_before_moving

RUN = "0a1b2c3d-0000-4000-8000-000000000000"
BRANCH, FIX = "dev", "hotfix/fees"


@dataclass(frozen=True)
class Repo:
    """The stand-in's repository, with a fix that no other branch has."""

    server: GitHubServer
    opened: Repository
    fix: str
    said: list[str] = field(default_factory=list)

    def commit(self, branch: str = BRANCH, **files: str) -> str:
        """One more commit; `a="text"` writes a.txt."""
        stored = self.server.repository(FULL_NAME)
        return add_commit(stored, branch, {f"{name}.txt": text for name, text in files.items()}, "More")

    def head(self, branch: str = BRANCH) -> str:
        """The commit that a branch is at."""
        return heads(self.server.repository(FULL_NAME))[branch]

    def parents(self, commit: str) -> tuple[str, ...]:
        """A commit's parents."""
        return tuple(read_commit(self.server.repository(FULL_NAME).git, commit).parents)

    def merge(self, run: str = RUN) -> MergeEnd:
        """Have the fix in the branch."""
        merge = FixMerge(self.opened, name="fees", fix=self.fix, branch=BRANCH, run=run)
        return merge.carry_out(self.said.append)

    def temporary(self) -> list[str]:
        """The branches that are ours alone."""
        return [name for name in heads(self.server.repository(FULL_NAME)) if name.startswith("credex-")]


@pytest.fixture
def repo(server: GitHubServer, repository: Repository) -> Repo:
    """The seeded repository, whose branches are all at one commit, and one fix on that."""
    Branches(repository).create(FIX, heads(server.repository(FULL_NAME))["prod"])
    fix = add_commit(server.repository(FULL_NAME), FIX, {"fix.txt": "fixed"}, "[skip ci] fixes #1")
    return Repo(server, repository, fix)


def test_a_branch_without_other_work_is_moved_to_the_fix_itself(repo: Repo) -> None:
    """So that CI finds the image that passed; doing it again finds it done."""
    first, again = repo.merge(), repo.merge()
    assert (first.outcome, first.head) == (Outcome.MOVED, repo.fix)
    assert (again.outcome, again.head) == (Outcome.AGREED, repo.fix)
    assert repo.head() == repo.fix


def test_a_branch_with_other_work_gets_one_merge_commit(repo: Repo) -> None:
    """It has both parents, and nothing of the fix's own message, which might mean something in ours."""
    before = repo.commit(other="work")
    assert repo.merge().outcome is Outcome.MOVED
    assert repo.parents(repo.head()) == (before, repo.fix)
    message = repo.opened.get_commit(repo.head()).commit.message
    assert message.startswith("Merge the hotfix fees\n")
    assert "skip" not in message
    merged = repo.head()
    assert repo.merge(run="another").outcome is Outcome.AGREED
    assert repo.head() == merged
    assert repo.temporary() == []


def test_a_conflict_becomes_one_pull_request_that_names_the_file(repo: Repo) -> None:
    """The branch stays as it is, however often the run goes on."""
    newer = repo.commit(fix="otherwise", unrelated="x")
    first, again = repo.merge(), repo.merge()
    assert (first.outcome, first.paths) == (Outcome.PULL_REQUEST, ["fix.txt"])
    assert again.pull_request == first.pull_request
    pulls = list(repo.opened.get_pulls(state="open"))
    assert [pull.html_url for pull in pulls] == [first.pull_request]
    assert (pulls[0].base.ref, pulls[0].head.ref) == (BRANCH, FIX)
    assert "`fix.txt`" in pulls[0].body
    assert repo.head() == newer
    assert repo.temporary() == []


def test_a_temporary_branch_that_a_kill_left_behind_is_used_again(repo: Repo) -> None:
    """It holds the run's id, so it is nobody else's."""
    repo.commit(other="work")
    repo.commit(f"credex-hotfix/{RUN}/{BRANCH}", left="behind")
    assert repo.merge().outcome is Outcome.MOVED
    assert repo.temporary() == []


@pytest.fixture
def pushing_before(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Have somebody push to the branch just before we move it, so many times."""
    return lambda times: push_before_moving(monkeypatch, times, lambda name: repo.commit(**{name: "x"}))


def test_a_push_in_between_is_kept_and_the_merge_made_anew(
    repo: Repo, pushing_before: Callable[[int], None]
) -> None:
    """Compare and swap: what would have been a fast-forward becomes a merge on theirs."""
    pushing_before(2)
    assert repo.merge().outcome is Outcome.MOVED
    theirs, ours = repo.parents(repo.head())
    assert (ours, len(repo.said)) == (repo.fix, 2)
    assert is_ancestor(repo.opened, theirs, repo.head())


def test_a_branch_that_never_rests_is_given_up_in_words(
    repo: Repo, pushing_before: Callable[[int], None]
) -> None:
    pushing_before(9)
    with pytest.raises(ServiceUnavailable, match="moved by others 5 times"):
        repo.merge()
    assert repo.temporary() == []


def test_a_protected_branch_gets_a_pull_request(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub refuses the move although nobody else was faster."""
    before = repo.head()
    monkeypatch.setattr(Branches, "advance", lambda *_arguments: "Changes must be made by pull request")
    ended = repo.merge()
    assert (ended.outcome, repo.head()) == (Outcome.PULL_REQUEST, before)
    assert "must be made by pull request" in ended.check().detail


def test_a_token_that_may_not_push_is_named_as_such(repo: Repo, reader: Repository) -> None:
    with pytest.raises(SetUpError) as caught:
        FixMerge(reader, name="fees", fix=repo.fix, branch=BRANCH, run=RUN).carry_out(print)
    assert "contents=write" in caught.value.next_step
