"""How GitHub refuses, and how it cuts long lists into pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NoReturn, TypeVar

from fastapi import Depends, Query, Request, Response

Json = dict[str, Any]
T = TypeVar("T")

DOCUMENTATION = "https://docs.github.com/rest"


class GitHubError(Exception):
    """An answer that is no success: its status, message and, for 422, the faults found."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[Json] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.headers = dict(headers or {})
        self.body: Json = {
            "message": message,
            "documentation_url": DOCUMENTATION,
            "status": str(status),
            **({"errors": list(errors)} if errors else {}),
        }


def not_found() -> NoReturn:
    """Refuse as GitHub does for what is not there, or not to be seen with this token."""
    raise GitHubError(404, "Not Found")


def found(thing: T | None) -> T:
    """The thing, or GitHub's 404."""
    if thing is None:
        not_found()
    return thing


class Paging:
    """The page of a list that a request asks for."""

    def __init__(
        self,
        request: Request,
        response: Response,
        page: Annotated[int, Query(ge=1)] = 1,
        per_page: Annotated[int, Query(ge=1)] = 30,
    ) -> None:
        self._request = request
        self._response = response
        self._page = page
        self._size = min(per_page, 100)

    def cut(self, items: Sequence[T]) -> list[T]:
        """This page's items; the Link header names the other pages."""
        last = max(1, -(-len(items) // self._size))
        links = {"prev": self._page - 1, "next": self._page + 1, "first": 1, "last": last}
        known = {relation: page for relation, page in links.items() if 1 <= page <= last}
        if last > 1:
            self._response.headers["Link"] = ", ".join(
                f'<{self._request.url.include_query_params(page=page)}>; rel="{relation}"'
                for relation, page in known.items()
            )
        start = (self._page - 1) * self._size
        return list(items[start : start + self._size])


Pages = Annotated[Paging, Depends()]
