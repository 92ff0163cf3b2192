"""Lets one step of a flow fail, at the seam to AWS: the first request that it sends is denied.

The flow runs in this process for that, against the sandbox's Prefect and AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session
from prefect.client.schemas.objects import State
from prefect.context import TaskRunContext
from prefect.settings import temporary_settings

_BODY = (
    b"""<ErrorResponse><Error><Code>AccessDenied</Code><Message>planted</Message></Error></ErrorResponse>"""
)
_JSON = b'{"__type": "AccessDeniedException", "message": "planted"}'


@dataclass
class Fault:
    """The run of a step, by the beginning of its name, whose first request is denied.

    `sending` names it by something in its body, where the requests before would be sent again if denied;
    `after` by a step before it, where one of its name comes earlier too. `lasting` denies all that it sends
    from then on, where one denied request is borne.
    """

    step: str
    sending: bytes = b""
    after: str = ""
    lasting: bool = False
    planted: list[str] = field(default_factory=list)
    _came_to: bool = False

    def strikes(self, run_name: str, body: object) -> bool:
        """Whether this is the request to deny."""
        self._came_to = self._came_to or run_name.startswith(self.after)
        if not self._came_to or not run_name.startswith(self.step):
            return False
        if self.planted and not self.lasting:
            return False
        if self.sending and not (isinstance(body, bytes) and self.sending in body):
            return False
        self.planted.append(run_name)
        return True


@contextmanager
def failing(fault: Fault) -> Iterator[None]:
    """Deny the request that the fault names, and answer all others as ever."""
    send = URLLib3Session.send

    def denied(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        context = TaskRunContext.get()
        if context is not None and fault.strikes(context.task_run.name, request.body):
            return _denied(request)
        answer: AWSResponse = send(session, request)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(URLLib3Session, "send", denied)
        yield


def _denied(request: AWSPreparedRequest) -> AWSResponse:
    is_json = b"json" in bytes(str(request.headers.get("Content-Type", "")), "ascii")
    body = _JSON if is_json else _BODY
    return AWSResponse(request.url, 403, HTTPHeaders(), _Raw(body))


class _Raw(BytesIO):
    """What botocore expects of a body that arrived."""

    def stream(self, *_arguments: object, **_options: object) -> Iterator[bytes]:
        yield self.read()


def run_here(flow: Callable[..., Any], request: object, results: Path) -> State[Any]:
    """Run a flow in this process, with its kept results in a folder of their own; gives its final state."""
    with temporary_settings({"results.local_storage_path": results}):
        ended: State[Any] = flow(request, return_state=True)
    return ended
