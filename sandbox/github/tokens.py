"""Tokens, what each may do, and the refusals 401, 403 and 404 that follow from it.

Permissions are those of GitHub's fine-grained tokens: a resource and, for it, "read" or "write".
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sandbox.github.answers import GitHubError, not_found

Level = Literal["read", "write"]
Resource = Literal[
    "actions",
    "administration",
    "checks",
    "contents",
    "deployments",
    "environments",
    "issues",
    "metadata",
    "pull_requests",
    "statuses",
]
RESOURCES: tuple[Resource, ...] = Resource.__args__  # type: ignore[attr-defined]
_RANK: dict[Level | None, int] = {None: 0, "read": 1, "write": 2}


@dataclass(frozen=True)
class Need:
    """The permission that an operation asks for."""

    resource: Resource
    level: Level

    def __str__(self) -> str:
        return f"{self.resource}={self.level}"


@dataclass(frozen=True)
class Token:
    """A personal access token: its value, whose it is, and what it may do."""

    value: str
    login: str
    permissions: tuple[tuple[Resource, Level], ...]

    def __repr__(self) -> str:
        return f"Token(login={self.login!r})"

    @classmethod
    def full(cls, value: str, login: str = "credex-deployer") -> Token:
        """A token that may do all that the stand-in knows."""
        return cls(value, login, tuple((resource, "write") for resource in RESOURCES))

    @classmethod
    def read_only(cls, value: str, login: str = "credex-reader") -> Token:
        """A token that may read everything and write nothing."""
        return cls(value, login, tuple((resource, "read") for resource in RESOURCES))

    def without(self, *resources: Resource) -> Token:
        """The same token with no permission at all for these resources."""
        kept = tuple(pair for pair in self.permissions if pair[0] not in resources)
        return Token(self.value, self.login, kept)

    def may(self, need: Need) -> bool:
        """Whether the token has this permission or more."""
        return _RANK[dict(self.permissions).get(need.resource)] >= _RANK[need.level]


def token_named(authorization: str | None, tokens: Iterable[Token]) -> Token | None:
    """The token of an Authorization header; None for no header at all.

    Raises GitHubError 401 for a token that nobody was given.
    """
    if authorization is None:
        return None
    given = _value(authorization).encode()
    for token in tokens:
        if hmac.compare_digest(token.value.encode(), given):
            return token
    raise GitHubError(401, "Bad credentials")


def _value(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() in {"bearer", "token"}:
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def require(token: Token | None, need: Need) -> Token:
    """The token, if it may do what is needed.

    Raises GitHubError 404 for a caller who may not know that the repository is there, 403 for one who may.
    """
    if token is None or not token.may(Need("metadata", "read")):
        not_found()
    if not token.may(need):
        raise GitHubError(
            403,
            "Resource not accessible by personal access token",
            headers={"X-Accepted-GitHub-Permissions": str(need)},
        )
    return token
