"""A flow whose process is killed while it runs, as by a machine that is short of memory."""

from __future__ import annotations

import os
import signal

from prefect import flow


@flow(name="dying")
def dying() -> None:
    """Does not come back."""
    os.kill(os.getpid(), signal.SIGKILL)
