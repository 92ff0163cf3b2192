"""The way every request to the local AWS takes: known caller, whole body, then moto under the lock.

Also answers `HEALTH_PATH`, the one path that needs no credentials.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sandbox.aws.backends import LOCK
from sandbox.aws.credentials import Refusal, caller_of, refusal_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEALTH_PATH = "/_sandbox/health"
"""Answers 200 with a JSON object once the server takes requests."""


class FrontDoor:
    """WSGI middleware around moto's application.

    `health` gives the object that is answered on `HEALTH_PATH`.
    """

    def __init__(self, moto: WSGIApplication, health: Callable[[], dict[str, object]]) -> None:
        self._moto = moto
        self._health = health

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("PATH_INFO") == HEALTH_PATH:
            return self._answer_health(start_response)
        caller = caller_of(environ)
        with LOCK:
            refusal = refusal_of(environ, caller)
        if refusal is not None:
            return _refuse(refusal, start_response)
        if caller is not None and caller.service == "s3":
            return self._moto(environ, start_response)
        _read_whole_body(environ)
        with LOCK:
            return self._moto(environ, start_response)

    def _answer_health(self, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(self._health()).encode()]


def _refuse(refusal: Refusal, start_response: StartResponse) -> Iterable[bytes]:
    headers = [
        ("Content-Type", refusal.content_type),
        ("Content-Length", str(len(refusal.body))),
        ("x-amzn-ErrorType", refusal.code),
    ]
    start_response(refusal.status, headers)
    return [refusal.body]


def _read_whole_body(environ: WSGIEnvironment) -> None:
    """Read the body before the lock is taken: a client that sends slowly must not stop everybody."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length:
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
