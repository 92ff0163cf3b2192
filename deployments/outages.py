"""What the worker does while Prefect's server is away or lets nobody in: it asks again, and says so once.

Prefect's own worker gives up after a dozen errors, or one refusal, and all its runs end with it, in the
middle of an apply too. Nothing that the server answers is a reason for that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

_log = logging.getLogger("prefect.workers.outages")


class Outages:
    """Those that somebody meets who asks Prefect's server again and again, for one thing."""

    def __init__(self, asking: str) -> None:
        self._asking = asking
        self._lasts = False

    @contextmanager
    def borne(self) -> Iterator[None]:
        """Leave the block, without an error, where the server fails to answer what it asks."""
        try:
            yield
        except httpx.HTTPError as error:
            if not self._lasts:
                _log.warning(
                    "%s: Prefect's server does not answer (%s); asking again until it does.",
                    self._asking,
                    _reason(error),
                )
            self._lasts = True
        else:
            if self._lasts:
                _log.warning("%s: Prefect's server answers again.", self._asking)
            self._lasts = False


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return type(error).__name__
