"""Comments on pull requests, which the API reaches as issues."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from sandbox.github.answers import Json, Pages, found
from sandbox.github.comment_records import CommentRecord, comments_of
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.people import simple_user
from sandbox.github.pull_bodies import PullRecord
from sandbox.github.routing import CurrentRepository, CurrentToken, Routes

routes = Routes()


class CommentText(BaseModel):
    """What a comment says, in Markdown."""

    body: Annotated[str, Field(min_length=1, max_length=65536)]


def _body(repository: Repository, comment: CommentRecord) -> Json:
    links = repository.links
    page = links.page_of("pull", comment.issue_number)
    return {
        "id": comment.id,
        "node_id": node_id("IC", comment.id),
        "url": links.api_of("issues/comments", comment.id),
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": links.api_of("issues", comment.issue_number),
        "user": simple_user(links.site, comment.author),
        "author_association": "MEMBER",
        "body": comment.body,
        "created_at": utc(comment.created_at),
        "updated_at": utc(comment.updated_at),
    }


@routes.on("GET", "/issues/{issue_number}/comments", needs=("issues", "read"))
def list_comments(repository: CurrentRepository, issue_number: int, pages: Pages) -> list[Json]:
    """The comments on a pull request, oldest first."""
    found(repository.table(PullRecord).get(issue_number))
    return [_body(repository, comment) for comment in pages.cut(comments_of(repository, issue_number))]


@routes.on("POST", "/issues/{issue_number}/comments", needs=("issues", "write"), status=201)
def create_comment(
    repository: CurrentRepository, token: CurrentToken, issue_number: int, text: CommentText
) -> Json:
    """Comment on a pull request."""
    found(repository.table(PullRecord).get(issue_number))
    record = repository.table(CommentRecord).add(
        lambda number, now: CommentRecord(
            id=number,
            created_at=now,
            updated_at=now,
            issue_number=issue_number,
            author=token.login,
            body=text.body,
        )
    )
    return _body(repository, record)


@routes.on("GET", "/issues/comments/{comment_id}", needs=("issues", "read"))
def get_comment(repository: CurrentRepository, comment_id: int) -> Json:
    """One comment."""
    return _body(repository, found(repository.table(CommentRecord).get(comment_id)))


@routes.on("PATCH", "/issues/comments/{comment_id}", needs=("issues", "write"))
def update_comment(repository: CurrentRepository, comment_id: int, text: CommentText) -> Json:
    """Let a comment say something else."""
    table = repository.table(CommentRecord)
    found(table.get(comment_id))
    return _body(repository, table.change(comment_id, body=text.body))


@routes.on("DELETE", "/issues/comments/{comment_id}", needs=("issues", "write"), status=204)
def delete_comment(repository: CurrentRepository, comment_id: int) -> Response:
    """Take a comment away."""
    table = repository.table(CommentRecord)
    table.remove(found(table.get(comment_id)).id)
    return Response(status_code=204)
