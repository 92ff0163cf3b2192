"""One Prefect server for all tests of flows' parts: started when first asked for, without any worker."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from prefect.settings import temporary_settings

from sandbox.parts import wait_until_healthy
from sandbox.ports import free_ports
from sandbox.prefect.parts import prefect_server
from sandbox.settings import SandboxSettings

START_SECONDS = 240


def server_of_the_session(config: pytest.Config) -> str:
    """The address of the server's API; the server ends with the session."""
    return _start(config.add_cleanup)


@cache
def _start(at_the_end: Callable[[Callable[[], None]], None]) -> str:
    stack = ExitStack()
    at_the_end(stack.close)
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="credex-prefect-")))
    settings = SandboxSettings(home=home, prefect_port=free_ports(1)[0])
    settings.logs.mkdir()
    server = prefect_server(settings)
    stack.callback(server.stop)
    server.start()
    wait_until_healthy(server, within=START_SECONDS, halted=lambda: False)
    return f"{settings.prefect_url}/api"


@contextmanager
def using(api_url: str, results: Path) -> Iterator[None]:
    """Have this process talk to that server, and keep its results in that folder."""
    changed = {
        "api.url": api_url,
        "results.local_storage_path": results,
        "logging.to_api.when_missing_flow": "ignore",
    }
    with temporary_settings(changed):
        yield
