"""neo4j.conf of one server: small, quick to stop, and with everything worth keeping in the data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def configuration_folder(home: Path) -> Path:
    """Where a server's configuration lives."""
    return home / "conf"


def write_configuration(home: Path, data: Path, address: str, port: int, settings: Mapping[str, str]) -> None:
    """Write neo4j.conf anew; `settings` win over the ones written here.

    Databases, transaction logs and the users' passwords all live below `data`, so that this folder alone
    can be moved to another home, address or version.
    """
    lines = [f"{name}={value}" for name, value in {**_settings(data, address, port), **settings}.items()]
    folder = configuration_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "neo4j.conf").write_text("\n".join(lines) + "\n")


def _settings(data: Path, address: str, port: int) -> dict[str, str]:
    return {
        "server.directories.data": str(data),
        "server.default_listen_address": address,
        "server.default_advertised_address": address,
        "server.bolt.listen_address": f"{address}:{port}",
        "server.bolt.advertised_address": f"{address}:{port}",
        "server.http.enabled": "false",
        "server.memory.pagecache.size": "64m",
        "db.tx_log.rotation.retention_policy": "keep_none",
        "db.tx_log.preallocate": "false",
        "dbms.usage_report.enabled": "false",
        "internal.server.bolt.thread_pool_shutdown_wait_time": "0s",
        "internal.server.bolt.connection_shutdown_wait_time": "0s",
    }
