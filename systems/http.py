"""HTTP requests from outside, as the application's users make them through the load balancer."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from functools import cache

import httpx

from models.probe import Probe
from systems.waiting import Pace, wait_for

_NO_ADDRESS = {socket.EAI_NONAME, socket.EAI_NODATA}
"""What a resolver answers that works; that it has no answer for now says nothing of the name."""

_SHOWN = 200
"""Characters of a body that are kept: enough to tell an application's answer from a proxy's."""


def probe(
    url: str, path: str, *, expected_status: int = 200, timeout_seconds: float = 5, keep: int = _SHOWN
) -> Probe:
    """Ask once. Whatever comes back, or does not, is in the answer; redirects are not followed.

    `timeout_seconds` holds for each of connecting, sending and reading; the first `keep` characters of the
    body are kept.
    """
    address = url.rstrip("/") + path
    began = time.perf_counter()
    try:
        with httpx.stream("GET", address, timeout=timeout_seconds, verify=_authorities()) as response:
            body = _first_characters(response, keep)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Probe(
            url=address,
            expected_status=expected_status,
            status=None,
            elapsed_seconds=time.perf_counter() - began,
            error=str(error) or type(error).__name__,
            unresolved=_has_no_address(error),
        )
    return Probe(
        url=address,
        expected_status=expected_status,
        status=response.status_code,
        elapsed_seconds=time.perf_counter() - began,
        body=body,
    )


def probe_until(
    url: str, path: str, pace: Pace, on_progress: Callable[[str], None], *, expected_status: int = 200
) -> Probe:
    """Ask until the expected status comes back or the deadline passes; gives the last answer.

    `on_progress` hears of each answer that differs from the one before.
    """
    last: Probe | None = None

    def look() -> Probe | None:
        nonlocal last
        answer = probe(url, path, expected_status=expected_status)
        changed = last is None or (answer.status, answer.error) != (last.status, last.error)
        last = answer
        if changed:
            on_progress(f"{answer.url} gives {answer.summary}")
        return answer if answer.as_expected else None

    return wait_for(look, pace) or last or probe(url, path, expected_status=expected_status)


def _has_no_address(error: BaseException) -> bool:
    """Whether a resolver's answer lies beneath the client's own layers of exceptions."""
    layer: BaseException | None = error
    while layer is not None and not isinstance(layer, socket.gaierror):
        layer = layer.__cause__ or layer.__context__
    return isinstance(layer, socket.gaierror) and layer.errno in _NO_ADDRESS


@cache
def _authorities() -> ssl.SSLContext:
    """Read once for the process: reading all certificates costs more than a request."""
    return httpx.create_ssl_context()


def _first_characters(response: httpx.Response, keep: int) -> str:
    """The beginning of the body, without loading the rest of it."""
    text = ""
    for piece in response.iter_text():
        text += piece
        if len(text) >= keep:
            break
    return text[:keep]
