"""The branch to which the fix of a hotfix is pushed: made from what really runs, or found as it stands."""

from __future__ import annotations

from github.Repository import Repository

from models.hotfix import Advance, HotfixBranch, branch_of
from models.names import CommitSha, HotfixName
from systems.github.branches import Branches
from systems.github.commits import commit_info, compare


def ensure_hotfix_branch(
    repository: Repository, *, name: HotfixName, environment: str, base: CommitSha, usual_branch: str
) -> HotfixBranch:
    """The hotfix's branch, made at the commit `base` unless it is there; one that is there is not moved.

    Raises Refused where the repository has no such commit.
    """
    branches, branch = Branches(repository), branch_of(name)
    usual_head = branches.head(usual_branch)
    commit_info(repository, base)
    created = branches.find(branch) is None and branches.create(branch, base)
    head = branches.head(branch)
    compared = compare(repository, base, head)
    return HotfixBranch(
        name=name,
        environment=environment,
        base=base,
        head=head,
        usual_branch=usual_branch,
        usual_head=usual_head,
        created=created,
        advance=Advance(compared.status),
        subjects=[commit.subject for commit in compared.commits],
    )
