"""The application's repository as its developers have it: files written to branches."""

from __future__ import annotations

from github import InputGitTreeElement
from github.Repository import Repository

from sandbox.tokens import DEPLOYER, read_or_make_token
from systems.github.client import connect, open_repository
from tests.scenarios.place import Place


def repository_of(place: Place) -> Repository:
    """The repository, opened with the token that may do everything."""
    github = place.environment.github
    token = read_or_make_token(place.sandbox.home, DEPLOYER)
    return open_repository(connect(github.api_url, token), github.repository)


def head_of(place: Place, branch: str) -> str:
    """The commit that a branch is at."""
    return repository_of(place).get_branch(branch).commit.sha


def write_file(place: Place, text: str, *, branch: str | None = None, name: str = "same.txt") -> str:
    """One more commit on a branch, the place's own unless another is named, which writes this file."""
    repository, branch = repository_of(place), branch or place.environment.github.branch
    head = repository.get_git_commit(head_of(place, branch))
    file = InputGitTreeElement(name, "100644", "blob", content=text)
    tree = repository.create_git_tree([file], base_tree=head.tree)
    commit = repository.create_git_commit(f"Write `{name}` [skip ci]", tree, [head])
    ref = repository.get_git_ref(f"heads/{branch}")
    ref.complete()
    ref.edit(commit.sha)
    return commit.sha
