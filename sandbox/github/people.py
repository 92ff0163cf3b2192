"""Accounts: who calls (`/user`), and how a person looks inside other answers."""

from __future__ import annotations

import zlib

from fastapi import APIRouter, Request

from sandbox.github.answers import GitHubError, Json
from sandbox.github.git_objects import utc
from sandbox.github.hub import Hub
from sandbox.github.links import node_id
from sandbox.github.routing import CurrentHub, caller
from sandbox.github.tokens import Token

router = APIRouter()
_FOUNDED = "2024-01-01T00:00:00Z"


def simple_user(site: str, login: str) -> Json:
    """A person as GitHub's `simple-user`; the number follows from the login."""
    api = f"{site}/users/{login}"
    number = zlib.crc32(login.encode())
    return {
        "login": login,
        "id": number,
        "node_id": node_id("U", number),
        "avatar_url": f"{site}/avatars/{login}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{site}/{login}",
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": "User",
        "site_admin": False,
    }


def application(site: str) -> Json:
    """The app that check runs are reported by (GitHub's `integration`)."""
    return {
        "id": 1,
        "slug": "github-actions",
        "node_id": node_id("A", 1),
        "owner": simple_user(site, "github"),
        "name": "GitHub Actions",
        "description": "Automate your workflow from idea to production",
        "external_url": f"{site}/apps/github-actions/help",
        "html_url": f"{site}/apps/github-actions",
        "created_at": _FOUNDED,
        "updated_at": _FOUNDED,
        "permissions": {"checks": "write", "contents": "read", "metadata": "read"},
        "events": [],
    }


def _signed_in(request: Request) -> Token:
    token = caller(request)
    if token is None:
        raise GitHubError(401, "Requires authentication")
    return token


@router.get("/user", response_model=None)
def get_user(request: Request, hub: CurrentHub) -> Json:
    """Whose token this is."""
    login = _signed_in(request).login
    return {
        **simple_user(hub.site, login),
        "user_view_type": "public",
        "name": login,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": len(hub.full_names()),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": _FOUNDED,
        "updated_at": utc(hub.clock()),
    }


@router.get("/rate_limit", response_model=None)
def get_rate_limit(request: Request, hub: CurrentHub) -> Json:
    """How many requests are left: always all of them. A limit is tried with a `Fault` instead."""
    caller(request)
    core = _limit(hub, 5000)
    return {"resources": {"core": core, "search": _limit(hub, 30)}, "rate": core}


def _limit(hub: Hub, limit: int) -> Json:
    return {"limit": limit, "used": 0, "remaining": limit, "reset": int(hub.clock().timestamp()) + 3600}
