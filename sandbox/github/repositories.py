"""The repository itself, and how it looks inside other answers."""

from __future__ import annotations

from sandbox.github.answers import Json
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.links import node_id
from sandbox.github.people import simple_user
from sandbox.github.routing import CurrentRepository, CurrentToken, Routes
from sandbox.github.tokens import Need

routes = Routes()

_ADDRESSES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_COUNTS = (
    "forks",
    "forks_count",
    "network_count",
    "open_issues",
    "open_issues_count",
    "size",
    "stargazers_count",
    "subscribers_count",
    "watchers",
    "watchers_count",
)
_FEATURES = ("has_discussions", "has_downloads", "has_pages", "has_projects", "has_wiki")


def minimal_repository(repository: Repository) -> Json:
    """A repository as it stands inside workflow runs and combined statuses."""
    links = repository.links
    return {
        "id": repository.record.id,
        "node_id": node_id("R", repository.record.id),
        "name": repository.name,
        "full_name": links.full_name,
        "owner": simple_user(links.site, repository.owner),
        "private": True,
        "html_url": links.page,
        "description": None,
        "fork": False,
        "url": links.api,
        **{name: links.api + path for name, path in _ADDRESSES.items()},
    }


def full_repository(repository: Repository) -> Json:
    """A repository as GitHub gives it by itself, and inside a pull request."""
    links, record = repository.links, repository.record
    host = links.site.partition("://")[2]
    return {
        **minimal_repository(repository),
        **dict.fromkeys(_COUNTS, 0),
        **dict.fromkeys(_FEATURES, False),
        "has_issues": True,
        "archived": False,
        "disabled": False,
        "visibility": "private",
        "default_branch": record.default_branch,
        "clone_url": f"{links.page}.git",
        "git_url": f"git://{host}/{links.full_name}.git",
        "ssh_url": f"git@{host}:{links.full_name}.git",
        "svn_url": links.page,
        "mirror_url": None,
        "homepage": None,
        "language": "TypeScript",
        "license": None,
        "created_at": utc(record.created_at),
        "updated_at": utc(record.updated_at),
        "pushed_at": utc(record.updated_at),
    }


@routes.on("GET", "", needs=("metadata", "read"))
def get_repository(repository: CurrentRepository, token: CurrentToken) -> Json:
    """The repository, and whether this token may write to it."""
    may_push = token.may(Need("contents", "write"))
    permissions = {"admin": token.may(Need("administration", "write")), "push": may_push, "pull": True}
    return {**full_repository(repository), "permissions": permissions}
