"""Tells a service outside that the checks look; it tells people when it has not heard of them for too long.

healthchecks.io, Better Stack, Cronitor and the like all take a plain request to an address of one's own.
"""

from __future__ import annotations

import logging

import httpx
from pydantic import SecretStr

_SECONDS = 10.0


def ping(address: SecretStr) -> str | None:
    """Request the address; gives why that did not work, in words that hold nothing of it."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells every address that it requests
    try:
        answer = httpx.get(address.get_secret_value(), timeout=_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"could not be requested ({type(error).__name__})"
    return None if answer.is_success else f"answered {answer.status_code}"
