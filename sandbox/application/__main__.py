"""Starts the application as its container's command does: `python -m sandbox.application`.

Exit code 3 is the crash of a broken image. SIGTERM lets requests under way end and then ends the process as
that signal does (143 in the words of containers).
"""

from __future__ import annotations

import logging
import os
import sys
import time

import uvicorn

from .settings import Behaviour, Settings
from .web import create_app

CRASH_EXIT_CODE = 3

KEEP_ALIVE_SECONDS = 75
"""Longer than a load balancer keeps its own idle connections (60 s): otherwise a request may meet a
connection that the application is just closing."""

_log = logging.getLogger("sandbox.application")


def main() -> int:
    """Serve until SIGTERM; returns the exit code of what ends otherwise."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    logging.getLogger("neo4j").setLevel(logging.ERROR)
    settings = Settings.from_environment(os.environ)
    if settings.behaviour is Behaviour.CRASH:
        _log.error("fatal: this image is broken on purpose and stops at its start")
        return CRASH_EXIT_CODE
    if settings.behaviour is Behaviour.SLOW_START:
        time.sleep(settings.slow_start_delay)
    port = settings.port + 1 if settings.behaviour is Behaviour.WRONG_PORT else settings.port
    _log.info("commit %s listens on %s:%d", settings.commit, settings.host, port)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=20,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
