"""What the worker does while Prefect's server is away or lets nobody in: it asks again, and says so once.

Prefect's own worker gives up after a dozen errors, or one refusal, and all its runs end with it, in the
middle of an apply too. Nothing that the server answers is a reason for that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx

_AT_ONCE = timedelta(seconds=15)
"""What takes longer to be answered has met an outage, which Prefect's client sits out for about a minute."""

_log = logging.getLogger("prefect.workers.outages")


class Outages:
    """Those that somebody meets who asks Prefect's server again and again, for one thing."""

    def __init__(self, asking: str) -> None:
        self._asking = asking
        self._lasts = False
        self._answering_since = datetime.now(UTC)

    @property
    def answering_since(self) -> datetime:
        """Since when the server has answered without a break, as far as is known here."""
        return self._answering_since

    @contextmanager
    def borne(self) -> Iterator[None]:
        """Leave the block, without an error, where the server fails to answer what it asks."""
        begun = datetime.now(UTC)
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
            self._answering_since = datetime.now(UTC)
        else:
            if self._lasts:
                _log.warning("%s: Prefect's server answers again.", self._asking)
            self._lasts = False
            if datetime.now(UTC) - begun > _AT_ONCE:
                self._answering_since = datetime.now(UTC)


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return type(error).__name__
