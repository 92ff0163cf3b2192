"""Prefect's settings on the sandbox, as environment variables. Nothing of it talks to the internet."""

from __future__ import annotations

from pathlib import Path

from sandbox.prefect.database import database_url
from sandbox.settings import HOST, Profile, SandboxSettings

WORK_POOL = "credex"

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_CLI_PROMPT": "false",
}
"""No usage data, no advertisements, no questions."""


def client_variables(settings: SandboxSettings) -> dict[str, str]:
    """The settings of whoever talks to the server: the worker, the flows, the command line.

    Links lead to the UI that the server's address opens: without the path they would lead to the older one.
    """
    return {
        "PREFECT_API_URL": f"{settings.prefect_url}/api",
        "PREFECT_UI_URL": f"{settings.prefect_url}/v2",
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        **QUIET,
    }


def database_file(settings: SandboxSettings) -> Path:
    """Where the server's SQLite database is, in the shape without PostgreSQL."""
    return settings.home / "prefect" / "prefect.db"


def server_variables(settings: SandboxSettings) -> dict[str, str]:
    """The settings of the server: its database and leases are in the home folder, and survive a restart."""
    team = settings.profile is Profile.TEAM
    database = database_url(settings) if team else f"sqlite+aiosqlite:///{database_file(settings)}"
    leases = "prefect.server.concurrency.lease_storage.filesystem"
    return {
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_API_DATABASE_CONNECTION_URL": database,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": leases,
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        "PREFECT_UI_API_URL": f"{settings.prefect_url}/api",
        "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
        **QUIET,
    }
