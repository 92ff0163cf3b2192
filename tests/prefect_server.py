"""One Prefect server for all tests of flows' parts: started when first asked for, without any worker.

It stands behind basic authentication and CSRF protection, as a team's server does, so that nothing of ours
can forget them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from prefect.settings import temporary_settings

from sandbox.parts import wait_until_healthy
from sandbox.ports import free_ports
from sandbox.prefect.parts import prefect_server
from sandbox.prefect.tables import lay_out_tables
from sandbox.settings import SandboxSettings

START_SECONDS = 240

CREDENTIAL = "tester:of-this-session-alone"
_PROTECTED = {
    "PREFECT_SERVER_API_AUTH_STRING": CREDENTIAL,
    "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
}
_PLANS_SOON = {"PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2"}
"""A schedule that was paused and goes on is planned within a minute otherwise."""


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
    lay_out_tables(settings)
    open_server = prefect_server(settings)
    server = replace(open_server, env={**open_server.env, **_PROTECTED, **_PLANS_SOON})
    stack.callback(server.stop)
    server.start()
    wait_until_healthy(server, within=START_SECONDS, halted=lambda: False)
    return f"{settings.prefect_url}/api"


@contextmanager
def using(api_url: str, results: Path) -> Iterator[None]:
    """Have this process, and those that it starts, talk to that server; keep its results in that folder."""
    changed = {
        "api.url": api_url,
        "api.auth_string": CREDENTIAL,
        "results.local_storage_path": results,
        "logging.to_api.when_missing_flow": "ignore",
    }
    with pytest.MonkeyPatch.context() as patched, temporary_settings(changed):
        patched.setenv("PREFECT_API_AUTH_STRING", CREDENTIAL)
        yield
