"""What is kept of a comment on a pull request."""

from __future__ import annotations

from sandbox.github.hub import Repository
from sandbox.github.store import Record


class CommentRecord(Record):
    """A comment on the pull request (GitHub counts it as an issue) of this number."""

    issue_number: int
    author: str
    body: str


def comments_of(repository: Repository, issue_number: int) -> list[CommentRecord]:
    """The comments on one pull request, oldest first."""
    return repository.table(CommentRecord).where(lambda comment: comment.issue_number == issue_number)
